"""The one command or package of each platform, with this server's address and a school's token in it."""

import json
from dataclasses import dataclass

from rollcall_dashboards.shared.i18n import translate

TOKEN = "TOKEN"  # noqa: S105  # stands where a token is to be put
AUTHORITY = "ca.pem"


@dataclass(frozen=True, kw_only=True, slots=True)
class Way:
    """How devices of one platform come in: `made_by` writes the `package`, `command` installs and enrolls."""

    platform: str
    package: str
    made_by: str
    command: str
    hint: str


def ways_of(address: str, version: str, token: str, *, has_authority: bool) -> tuple[Way, ...]:
    """Every way for devices with an agent. `has_authority`: devices have to be brought `ca.pem` too."""
    return (
        _windows(address, version, token, has_authority=has_authority),
        _debian(address, version, token, has_authority=has_authority),
        _macos(address, version, token, has_authority=has_authority),
        _archive(address, version, has_authority=has_authority),
    )


def policy_for(address: str, token: str) -> str:
    """The JSON that Google's Admin console takes as policy for the Chromebooks' extension."""
    return json.dumps({"url": {"Value": address}, "token": {"Value": token}}, indent=2)


def _windows(address: str, version: str, token: str, *, has_authority: bool) -> Way:
    # The redirection stands first: a token may end in a digit, which would name another stream.
    authority = f" --ca-file {AUTHORITY}" if has_authority else ""
    return Way(
        platform="Windows",
        package=f"rollcall-agent-windows-{version}.zip",
        made_by="make package-windows",
        command=f">token echo {token}\ninstall.cmd --url {address} --token-file token{authority}",
        hint=translate(
            "In a command prompt of an administrator, in the unpacked folder. It asks nobody and ends with status "
            "0 or 1. For Intune or a group policy put the file “token” into the folder first; the last line is "
            "the install command, and “uninstall.cmd” takes it out again."
        ),
    )


def _debian(address: str, version: str, token: str, *, has_authority: bool) -> Way:
    install = f"apt-get install -y ./rollcall-agent_{version}_*.deb"
    return Way(
        platform=translate("Debian, Ubuntu"),
        package=f"rollcall-agent_{version}_amd64.deb",
        made_by="make package-debian",
        command=_prepared(address, token, install, folder="/etc/rollcall-agent", has_authority=has_authority),
        hint=translate("It starts and enrolls by itself; “apt purge rollcall-agent” leaves nothing."),
    )


def _macos(address: str, version: str, token: str, *, has_authority: bool) -> Way:
    install = f"installer -pkg rollcall-agent-{version}.pkg -target /"
    return Way(
        platform="macOS",
        package=f"rollcall-agent-{version}.pkg",
        made_by="make package-macos",
        command=_prepared(
            address, token, install, folder="/usr/local/etc/rollcall-agent", has_authority=has_authority
        ),
        hint=translate(
            "“make-pkg” in the archive makes the package, on a Mac; a Mac needs a Python of python.org. With Jamf "
            "a script before the package writes the file. “/usr/local/lib/rollcall-agent/uninstall” leaves "
            "nothing. This was not tried on a Mac yet."
        ),
    )


def _prepared(address: str, token: str, install: str, *, folder: str, has_authority: bool) -> str:
    """What is prepared goes in by standard input: the arguments of a program can be read by every user."""
    steps = [f"install -d {folder}", f"(umask 077; cat >{folder}/environment)", f"{install} </dev/null"]
    lines = [f"ROLLCALL_AGENT_URL={address}", f"ROLLCALL_AGENT_TOKEN={token}"]
    if has_authority:
        steps.insert(1, f"install -m 644 {AUTHORITY} {folder}")
        lines.append(f"ROLLCALL_AGENT_CA_FILE={folder}/{AUTHORITY}")
    return "\n".join([f"sudo sh -ec '{'; '.join(steps)}' <<END", *lines, "END"])


def _archive(address: str, version: str, *, has_authority: bool) -> Way:
    name, here = f"rollcall-agent-{version}", "/opt/rollcall-agent/bin"
    pinned = f"--require-hashes -r {name}/requirements.txt"
    authority = f" --ca-file {AUTHORITY}" if has_authority else ""
    command = "\n".join(
        [
            f"tar -xzf {name}.tar.gz",
            "sudo python3 -m venv /opt/rollcall-agent",
            f"sudo {here}/pip install --no-index --find-links {name}/wheels {pinned}",
            f"sudo {here}/rollcall-agent enroll {address}{authority}",
            f"sudo cp {name}/rollcall-agent.service {name}/rollcall-clean-stop.service /etc/systemd/system/",
            f"sudo install -D -m 755 {name}/system-sleep /usr/lib/systemd/system-sleep/rollcall-agent",
            "sudo systemctl enable --now rollcall-agent",
        ]
    )
    return Way(
        platform=translate("Any Linux with Python 3.11"),
        package=f"{name}.tar.gz",
        made_by="make packages",
        command=command,
        hint=translate("It asks for the token; --token-file takes it from a file, for many devices at once."),
    )
