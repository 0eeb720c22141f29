"""What trainers publish: immutable versions, and which one is live."""

from sqlalchemy import Index, text as sql
from sqlmodel import Field, SQLModel

from engine.storage.tables.base import datetime, moment, text


class ContentVersionRow(SQLModel, table=True):
    """One published version of a flow, an offer policy, a scorecard, the dispositions or the library, by content hash.

    `kind` is one of engine.services.content's; `name` the id within the kind. At most one version of each is live.
    """

    __tablename__ = "content_version"
    __table_args__ = (
        Index("uq_content_version_live", "kind", "name", unique=True, sqlite_where=sql("live = 1"), postgresql_where=sql("live")),
    )
    kind: str = Field(primary_key=True)
    name: str = Field(primary_key=True)
    sha256: str = Field(primary_key=True, max_length=64)
    body: str = text("")
    live: bool = False
    published_at: datetime = moment()
    published_by: str
    message: str = text("")
