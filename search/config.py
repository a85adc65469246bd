"""Settings: command line, then environment `ANSWERS_*`, then `answers.toml`, then defaults."""

from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from search.errors import InvalidQueryError

CONFIG_FILE = "answers.toml"
HostName = Annotated[str, Field(pattern=r"^(\*|(\*\.)?[A-Za-z0-9._-]+|\[[0-9a-fA-F:]+\])$")]
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Settings(BaseSettings):
    """What can be set once for all commands."""

    model_config = SettingsConfigDict(
        env_prefix="ANSWERS_", toml_file=CONFIG_FILE, extra="forbid", frozen=True
    )

    bundle: Path = Field(default=Path("bundle"), description="Folder of the index.")
    model: str | None = Field(
        default=None, description="Encoder: a folder or a hub name; all-MiniLM-L6-v2 by default."
    )
    device: str | None = Field(
        default=None, description="Where torch runs when indexing: cpu, cuda, mps; or openvino."
    )
    reranker: str | None = Field(
        default=None,
        description="Cross-encoder that reads the best threads: a folder or a hub name.",
    )
    reranker_share: float = Field(
        default=0.3, ge=0, le=1, description="Its share of a score; the ranking has the rest."
    )
    reranker_depth: int = Field(
        default=20, ge=1, le=100, description="How many threads it reads, and a search returns."
    )
    hosts: tuple[str, ...] = Field(
        default=(),
        description="Display names of those who run the week; found from behaviour if empty.",
    )
    site: str = Field(
        default="https://datatalks.club", description="Address of the site that shows the books."
    )
    api_keys: tuple[Digest, ...] = Field(
        default=(), description="SHA-256 of the keys that `answers serve` lets in; all if empty."
    )
    rate_limit: int = Field(
        default=0, ge=0, description="Requests a minute of one client; 0 for any number."
    )
    allowed_hosts: tuple[HostName, ...] = Field(
        default=(),
        description="Names under which the server may be asked; those of this machine if empty "
        "and it listens for this machine only.",
    )
    cors_origins: tuple[str, ...] = Field(
        default=(), description="Sites whose scripts may read answers."
    )
    max_concurrent: int = Field(
        default=64, ge=1, description="Requests answered at a time; more are refused with 503."
    )
    request_s: float = Field(default=10.0, gt=0, description="Longest time to an answer; then 504.")
    cache_mb: float = Field(
        default=32.0,
        ge=0,
        description="Memory of `answers serve` for what was asked last, in MB; 0 for none.",
    )
    log_queries: bool = Field(default=False, description="Whether logs say what was asked.")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read arguments, environment and the TOML file, in this order."""
        return (init_settings, env_settings, TomlConfigSettingsSource(settings_cls))


def load_settings(**given: Any) -> Settings:  # noqa: ANN401
    """Return the settings; what is given and not None wins.

    Raises:
        InvalidQueryError: Naming every setting that is wrong.
    """
    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as exc:
        wrong = "; ".join(
            f"{'.'.join(map(str, error['loc']))}: {error['msg']}" for error in exc.errors()
        )
        raise InvalidQueryError(f"wrong settings ({CONFIG_FILE}, ANSWERS_*): {wrong}") from exc
    except ValueError as exc:
        raise InvalidQueryError(f"{CONFIG_FILE}: {exc}") from exc
