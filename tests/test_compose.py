"""docker-compose.yml and Dockerfile: what matters of them, held by reading them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from runtime.settings import SECRET, Settings
from tasks.app import QUEUES

PROJECT = Path(__file__).parents[1]
COMPOSE = yaml.safe_load((PROJECT / "docker-compose.yml").read_text(encoding="utf-8"))
DOCKERFILE = (PROJECT / "Dockerfile").read_text(encoding="utf-8")
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = ["migrate", "web", "worker", "beat"]
LASTING = sorted(set(SERVICES) - {"migrate"})


def instructions(name: str) -> list[str]:
    """The instructions of this name in the last stage of the Dockerfile."""
    whole = DOCKERFILE.replace("\\\n", " ")
    last = whole[whole.rindex("\nFROM ") + 1 :]
    return [line.partition(" ")[2].strip() for line in last.splitlines() if line.startswith(f"{name} ")]


def test_the_services_are_all_there() -> None:
    assert set(SERVICES) == {"postgres", "redis", *OURS}
    assert SERVICES["postgres"]["image"] == "postgres:16"
    assert SERVICES["redis"]["image"] == "redis:7"


def test_what_is_named_is_declared() -> None:
    for service in SERVICES.values():
        assert set(service.get("secrets", [])) <= set(COMPOSE["secrets"])
        assert set(service["networks"]) <= set(COMPOSE["networks"])
        assert {config["source"] for config in service.get("configs", [])} <= set(COMPOSE["configs"])
        assert {volume.partition(":")[0] for volume in service.get("volumes", [])} <= set(COMPOSE["volumes"])
        assert set(service.get("depends_on", {})) <= set(SERVICES)


def test_redis_evicts_nothing_and_keeps_what_it_is_told() -> None:
    command = SERVICES["redis"]["command"][-1]
    assert "--maxmemory-policy noeviction --appendonly yes" in command
    assert "requirepass" in command


def test_every_secret_comes_from_a_file_and_none_stands_here() -> None:
    assert all(
        set(secret) == {"file"} and secret["file"].startswith("./secrets/") for secret in COMPOSE["secrets"].values()
    )
    for service in SERVICES.values():
        for name, value in service.get("environment", {}).items():
            setting = name.removeprefix("YISHEN_").lower()
            assert setting not in SECRET, f"{name} is given in clear"
            if name.endswith("_FILE"):
                assert value.removeprefix("/run/secrets/") in service["secrets"]
            assert "PASSWORD" not in name or name.endswith("_FILE")
    assert "/secrets/" in (PROJECT / ".gitignore").read_text(encoding="utf-8").splitlines()
    ignored = (PROJECT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert ignored[0] == "*"
    assert not {"!secrets", "!.env", "!.git"} & set(ignored)


@pytest.mark.parametrize("name", OURS)
def test_every_setting_is_one_that_there_is(name: str) -> None:
    for setting in SERVICES[name]["environment"]:
        assert setting.removeprefix("YISHEN_").lower() in Settings.model_fields


@pytest.mark.parametrize("name", LASTING)
def test_what_lasts_is_looked_after(name: str) -> None:
    service = SERVICES[name]
    assert service["healthcheck"]["test"][0] in {"CMD", "CMD-SHELL"}
    assert service["restart"] == "unless-stopped"


@pytest.mark.parametrize("name", SERVICES)
def test_nobody_has_more_rights_than_needed(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert "no-new-privileges:true" in service["security_opt"]
    assert not service.get("privileged")
    # PostgreSQL's image starts as root to give its folder to its own user, and becomes that.
    assert name == "postgres" or service["cap_drop"] == ["ALL"]
    assert name == "postgres" or service.get("user", "") not in {"root", "0"}


@pytest.mark.parametrize("name", ["web", "worker", "beat"])
def test_nothing_works_before_the_schema_is_there(name: str) -> None:
    after = {each: how["condition"] for each, how in SERVICES[name]["depends_on"].items()}
    assert after == {
        "migrate": "service_completed_successfully",
        "postgres": "service_healthy",
        "redis": "service_healthy",
    }


def test_only_the_migration_has_the_owners_login() -> None:
    for name, service in SERVICES.items():
        assert ("migration_database_url" in service.get("secrets", [])) is (name == "migrate")
    assert SERVICES["migrate"]["command"] == ["yishen", "init"]
    assert SERVICES["migrate"]["restart"] == "no"


def test_the_database_and_the_broker_are_reached_from_inside_alone() -> None:
    assert COMPOSE["networks"]["inside"]["internal"] is True
    for name in ("postgres", "redis"):
        assert SERVICES[name]["networks"] == ["inside"]
        assert "ports" not in SERVICES[name]
    published = [port for service in SERVICES.values() for port in service.get("ports", [])]
    assert all(port.startswith("127.0.0.1:") for port in published)


def test_workers_take_from_every_queue_and_may_be_many() -> None:
    command = SERVICES["worker"]["command"]
    assert command[:4] == ["celery", "--quiet", "--app=tasks.app", "worker"]
    [queues] = [word.removeprefix("--queues=") for word in command if word.startswith("--queues=")]
    assert set(queues.split(",")) == set(QUEUES.values())
    assert "container_name" not in SERVICES["worker"]
    assert "ports" not in SERVICES["worker"]


def test_shells_get_their_own_dollars() -> None:
    # compose would put its own environment in place of a single one.
    text = (PROJECT / "docker-compose.yml").read_text(encoding="utf-8")
    assert not re.findall(r"(?<!\$)\$\((?!\$)", text)


def test_the_image_runs_as_nobody_in_particular_and_is_looked_after() -> None:
    assert instructions("USER") == ["10001:10001"]
    assert "/healthz" in instructions("HEALTHCHECK")[0]
    assert instructions("CMD") == ['["python", "-m", "web", "--host", "0.0.0.0", "--port", "8765"]']
    assert instructions("EXPOSE") == ["8765"]


def test_the_image_is_built_from_locked_packages_and_names_no_host() -> None:
    installs = [line for line in DOCKERFILE.replace("\\\n", " ").splitlines() if "pip install" in line]
    for line in installs:
        for part in (each for each in line.split("&&") if "pip install" in each):
            assert "--require-hashes" in part or "--no-index" in part
    assert not re.findall(r"https?://(?!127\.0\.0\.1)", DOCKERFILE)
    assert set(re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)) == {"python:3.11-slim"}
