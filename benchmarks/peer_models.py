"""The models of the FastAPI peer: the answers and bodies of the scenarios, as a user of FastAPI would declare them."""

from pydantic import BaseModel


class Connector(BaseModel):
    """A connector."""

    connectorId: str
    name: str
    accountId: str
    projectId: str
    clientEnv: str
    variantId: str
    asrLangCode: str
    ttsLangCode: str
    voiceName: str
    disableHandoff: bool


class Connectors(BaseModel):
    """All connectors."""

    connectors: list[Connector]


class Found(BaseModel):
    """The answer to a batch get."""

    found: list[Connector]
    notFound: list[str]


class Result(BaseModel):
    """What became of one item of a batch."""

    connectorId: str
    success: bool
    data: Connector | None = None
    error: str | None = None


class Results(BaseModel):
    """The answer to a batch update."""

    results: list[Result]


class Number(BaseModel):
    """A phone number."""

    number: str
    projectId: str
    accountId: str
    clientEnv: str
    connectorId: str | None = None


class Numbers(BaseModel):
    """All numbers."""

    phoneNumbers: list[Number]


class Lookup(BaseModel):
    """The body of a lookup."""

    phoneNumber: str


class BatchGet(BaseModel):
    """The body of a batch get."""

    connectorIds: list[str]


class Update(BaseModel):
    """One item of a batch update."""

    connectorId: str
    voiceName: str | None = None


class BatchUpdate(BaseModel):
    """The body of a batch update."""

    updates: list[Update]


class Import(BaseModel):
    """The body of an import."""

    phoneNumbers: list[str]
    clientEnv: str = "live"


class Imported(BaseModel):
    """The answer to an import."""

    imported: list[str]


class Deleted(BaseModel):
    """The answer to the deletion of a connector."""

    deletedConnector: str
    deletedPhoneNumbers: list[str]


# Body and answer of each scenario.
MODELS: dict[str, tuple[type[BaseModel] | None, type[BaseModel]]] = {
    "get": (None, Connector),
    "lookup": (Lookup, Connector),
    "batch-get": (BatchGet, Found),
    "batch-update": (BatchUpdate, Results),
    "list": (None, Numbers),
    "list-connectors": (None, Connectors),
    "import": (Import, Imported),
    "delete": (None, Deleted),
}
