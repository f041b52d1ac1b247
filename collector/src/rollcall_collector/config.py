"""The collector's settings: a TOML file, then ROLLCALL_ environment variables over it; sensible without either."""

import os
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from rollcall_collector.errors import SettingsError

Port = Annotated[int, Field(ge=0, le=65_535)]
Share = Annotated[float, Field(gt=0, lt=1)]
Minutes = Annotated[float, Field(ge=0, le=1_000)]
Money = Annotated[float, Field(ge=0, allow_inf_nan=False)]


def _known_zone(zone: str) -> str:
    try:
        if zone:
            ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"'{zone}' is no zone: write it like Europe/Berlin") from None
    return zone


class BrokerSettings(BaseModel):
    """Which MQTT broker, and where. `auto` takes Mosquitto where it is installed, else the embedded one."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["auto", "mosquitto", "embedded", "external"] = "auto"
    host: str = "127.0.0.1"
    port: Port = 1883
    public_host: str | None = None
    """Under which name devices reach it, where that is not `host`."""
    user: str = "collector"
    password: SecretStr | None = None
    certificate_file: Path | None = None
    key_file: Path | None = None
    ca_file: Path | None = None
    password_file: Path | None = None
    reload_command: str | None = None


class WebSettings(BaseModel):
    """Where the pages and the API listen, and what devices are told to connect to."""

    model_config = ConfigDict(extra="forbid")

    host: str = "127.0.0.1"
    port: Port = 8460
    public_url: str | None = None


class SchoolSettings(BaseModel):
    """Defaults for a site that does not say its own."""

    model_config = ConfigDict(extra="forbid")

    zone: Annotated[str, AfterValidator(_known_zone)] = ""
    opens: Annotated[str, Field(pattern=r"^\d\d:\d\d$")] = "07:00"
    closes: Annotated[str, Field(pattern=r"^\d\d:\d\d$")] = "17:00"


class JobsSettings(BaseModel):
    """When work that nobody asks for runs, in the school's zone, and how long what is not a fact is kept."""

    model_config = ConfigDict(extra="forbid")

    judge_hour: Annotated[int, Field(ge=0, le=23)] = 2
    refusals_days: Annotated[int, Field(ge=1)] = 90
    readings_days: Annotated[int, Field(ge=400)] = 1100
    backup_folder: Path | None = None
    backup_hour: Annotated[int, Field(ge=0, le=23)] = 3
    backups_kept: Annotated[int, Field(ge=1)] = 14


class JudgeSection(BaseModel):
    """By which rule devices are named: how much worse than their peers, and how many names may be wrong."""

    model_config = ConfigDict(extra="forbid")

    threshold: Annotated[float, Field(gt=1, le=10)] = 1.5
    wrong_share_replace: Share = 0.05
    wrong_share_watch: Share = 0.20
    has_flexible_prior: bool = False


class MinutesSection(BaseModel):
    """Minutes of one pupil's lesson that one incident of a kind costs; assumptions until a school has its own."""

    model_config = ConfigDict(extra="forbid")

    hardware: Minutes = 60.0
    crash: Minutes = 10.0
    storage: Minutes = 45.0
    battery: Minutes = 10.0
    memory: Minutes = 5.0
    thermal: Minutes = 8.0
    network: Minutes = 5.0
    update: Minutes = 15.0


class PricesSection(BaseModel):
    """What things cost, in the district's currency; what is not set is not known, and nothing is planned with it."""

    model_config = ConfigDict(extra="forbid")

    battery_swap: Money | None = None
    disk_swap: Money | None = None
    repair: Money | None = None
    labour: Money = 0.0
    resale: Money = 0.0
    replacement_chromeos: Money | None = None
    replacement_ipados: Money | None = None
    replacement_windows: Money | None = None
    replacement_macos: Money | None = None
    replacement_linux: Money | None = None
    planned_life_years: Annotated[int, Field(ge=1, le=20)] = 6


class MirrorSettings(BaseModel):
    """The InfluxDB copy of the vitals; off without a URL."""

    model_config = ConfigDict(extra="forbid")

    url: str | None = None
    token: SecretStr | None = None
    org: str = "rollcall"
    bucket: str = "rollcall"


class CollectorSettings(BaseSettings):
    """Everything that can be set."""

    model_config = SettingsConfigDict(
        env_prefix="ROLLCALL_", env_nested_delimiter="__", extra="ignore", env_ignore_empty=True
    )

    folder: Path = Path("var")
    database: str | None = None
    log: Literal["console", "json"] = "console"
    broker: BrokerSettings = BrokerSettings()
    web: WebSettings = WebSettings()
    school: SchoolSettings = SchoolSettings()
    jobs: JobsSettings = JobsSettings()
    judge: JudgeSection = JudgeSection()
    minutes: MinutesSection = MinutesSection()
    prices: PricesSection = PricesSection()
    mirror: MirrorSettings = MirrorSettings()

    @property
    def database_url(self) -> str:
        """Where facts are kept: SQLite in the data folder unless another database is named."""
        return self.database or f"sqlite:///{self.folder.absolute() / 'rollcall.sqlite3'}"

    @property
    def zone(self) -> str:
        """The school's IANA zone; where none is set, this machine's own."""
        return self.school.zone or local_zone()


def local_zone(localtime: Path = Path("/etc/localtime")) -> str:
    """This machine's IANA zone, from where its local time points; UTC where it does not say."""
    _, found, zone = str(localtime.resolve()).partition("/zoneinfo/")
    return zone if found and zone in available_timezones() else "UTC"


def read_settings(file: Path | None) -> CollectorSettings:
    """Read the settings. Raises SettingsError naming the setting that cannot be used."""
    chosen = file or (Path(found) if (found := os.environ.get("ROLLCALL_CONFIG")) else None)
    if chosen is not None and not chosen.is_file():
        raise SettingsError(f"no settings file at {chosen}: name an existing one with --config")

    class FromFile(CollectorSettings):
        @classmethod
        def settings_customise_sources(
            cls,
            settings_cls: type[BaseSettings],
            init_settings: PydanticBaseSettingsSource,
            env_settings: PydanticBaseSettingsSource,
            dotenv_settings: PydanticBaseSettingsSource,
            file_secret_settings: PydanticBaseSettingsSource,
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            del dotenv_settings, file_secret_settings
            return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, chosen)

    try:
        return FromFile()
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
        raise SettingsError(f"settings cannot be used: {wrong}") from error
