"""What an operator can set: environment variables STAYLINE_…, an .env file, or secrets as files. Each with its default and its meaning."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


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

    @property
    def effective_database_url(self) -> str:
        """The database to use."""
        return self.database_url or f"sqlite:///{self.data_directory / 'stayline.db'}"

    @property
    def effective_public_url(self) -> str:
        """The address people use."""
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")
