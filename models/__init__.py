"""Nouns: the vocabularies of the law and the tables that rows are kept in. Decides nothing."""
