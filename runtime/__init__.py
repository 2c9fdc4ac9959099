"""What the programs stand on: settings, the embedded database server, migrations and connections."""
