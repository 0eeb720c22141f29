"""What an operator can set: environment variables STAYLINE_…, an .env file, or secrets as files. Each with its default and its meaning."""

from pathlib import Path
from typing import Any

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from engine.errors import BadInput
from engine.phone_number import TrunkKind
from engine.services.house import Company


class Settings(BaseSettings):
    """One installation's settings."""

    model_config = SettingsConfigDict(env_prefix="STAYLINE_", env_file=".env", extra="ignore", frozen=True)

    data_directory: Path = Field(
        default=Path("data"), description="Where the database, recordings and secrets live; only the owner may read it."
    )
    database_url: str = Field(default="", description="postgresql+psycopg://… beyond one machine; empty: SQLite in the data directory.")
    host: str = Field(default="127.0.0.1", description="The address to listen on.")
    port: int = Field(default=8000, ge=1, le=65535, description="The port to listen on.")
    public_url: str = Field(default="", description="The address people use, e.g. https://stayline.example; empty: http://host:port.")
    content_directory: Path = Field(default=Path("."), description="Where flows/ and scripts_library/ lie.")
    demo: bool = Field(
        default=True, description="A demo installation: sample customers, test numbers only, a calling policy that is always open."
    )
    company_name_zh: str = Field(default="星川通信", description="The operator's name as agents say it, in Chinese.")
    company_name_en: str = Field(default="Starriver Telecom", description="The operator's name as agents say it, in English.")
    department_zh: str = Field(default="客户关怀部", description="The calling department, in Chinese.")
    department_en: str = Field(default="Customer Care", description="The calling department, in English.")
    service_number: str = Field(default="10050", description="The number customers can check a call by.")
    zone: str = Field(default="Asia/Shanghai", description="The installation's time zone, for its reports.")
    names_never_said: tuple[str, ...] = Field(default=(), description="Other operators' names, refused in scripts (CN-18).")
    simulated_carrier_port: int = Field(default=8009, ge=1, le=65535, description="Where the simulated carrier listens on loopback.")

    simulated_phones: bool = Field(
        default=False, description="Agents need a (simulated, silent) phone before they dial, as with a real carrier."
    )
    supervision_shown: bool = Field(default=True, description="Agents see who listens to their call.")

    asterisk_url: str = Field(default="", description="An Asterisk's HTTP root, e.g. http://10.0.0.5:8088; empty: no Asterisk.")
    asterisk_user: str = Field(default="stayline", description="The ARI user.")
    asterisk_password: SecretStr = Field(default=SecretStr(""), description="Its password; better as a file.")
    asterisk_password_file: Path | None = Field(default=None, description="A file that holds the ARI user's password.")
    asterisk_trunk: str = Field(default="", description="The PJSIP endpoint behind which customers are called.")
    asterisk_trunk_kind: TrunkKind = Field(
        default=TrunkKind.lab, description="lab: every SIP peer is on loopback, test numbers only; public: the telephone network."
    )
    asterisk_caller_number: str = Field(default="", description="The number customers see; empty: the service number.")
    asterisk_ws_url: str = Field(default="", description="Where browsers register as phones, wss://…/ws (ws:// on loopback only).")
    asterisk_realm: str = Field(default="stayline", description="The SIP realm of browsers' phones.")
    asterisk_media_address: str = Field(default="", description="The address Asterisk tells browsers for sound; empty: its own.")
    asterisk_lines: int = Field(default=30, ge=1, description="How many calls the trunk bears at once.")
    asterisk_calls_per_second: float = Field(default=5.0, gt=0, description="How many calls the trunk may be given in a second.")

    twilio_account_sid: str = Field(default="", description="AC…; empty: no Twilio. Needs a public_url that begins with https.")
    twilio_auth_token: SecretStr = Field(default=SecretStr(""), description="What Twilio signs its callbacks with.")
    twilio_auth_token_file: Path | None = Field(default=None, description="A file that holds it.")
    twilio_previous_auth_token: SecretStr = Field(default=SecretStr(""), description="The one before, while it is being rotated.")
    twilio_api_key_sid: str = Field(default="", description="SK…: requests are made with it.")
    twilio_api_key_secret: SecretStr = Field(default=SecretStr(""), description="Its secret.")
    twilio_api_key_secret_file: Path | None = Field(default=None, description="A file that holds it.")
    twilio_app_sid: str = Field(default="", description="AP…: the TwiML app whose voice address is <public_url>/carriers/twilio/voice.")
    twilio_number: str = Field(default="", description="The account's number that customers see, +8613800001234.")
    twilio_message_number: str = Field(default="", description="The number short messages come from; empty: none are sent by Twilio.")
    twilio_messaging_service_sid: str = Field(default="", description="MG…, instead of a number.")
    twilio_calls_per_second: float = Field(default=1.0, gt=0, description="What the account may dial.")
    twilio_api_base: str = Field(default="", description="A stand-in for Twilio on this machine, for tests.")
    twilio_device_options: dict[str, Any] = Field(default={}, description="Options of the browser's phone, for tests.")

    @property
    def effective_database_url(self) -> str:
        """The database to use."""
        return self.database_url or f"sqlite:///{self.data_directory / 'stayline.db'}"

    @property
    def effective_public_url(self) -> str:
        """The address people use."""
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")


def secret_of(given: SecretStr, file: Path | None, name: str) -> str:
    """A secret from its file, else from the environment. Raises BadInput("settings.no_secret") for a file that cannot be read."""
    if file is None:
        return given.get_secret_value()
    try:
        return file.read_text(encoding="utf-8").strip()
    except OSError as problem:
        raise BadInput("settings.no_secret", setting=name, file=str(file), problem=problem.strerror or "") from None


def company_of(settings: Settings) -> Company:
    """The operator as the settings name it."""
    return Company(
        name={"zh": settings.company_name_zh, "en": settings.company_name_en},
        department={"zh": settings.department_zh, "en": settings.department_en},
        service_number=settings.service_number,
        zone=settings.zone,
        names_never_said=settings.names_never_said,
    )
