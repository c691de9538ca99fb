"""What comes in about robots, as forms and as JSON."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from portal.core.outward import LONGEST_ADDRESS
from portal.core.web.forms import Body, Form
from portal.robots.rules import LONGEST_NAME, LONGEST_SECRET, RobotKind
from portal.robots.service import Wanted

Name = Annotated[str, Field(min_length=1, max_length=LONGEST_NAME)]
Address = Annotated[str, Field(max_length=LONGEST_ADDRESS)]
Secret = Annotated[str, Field(max_length=LONGEST_SECRET)]
Locale = Literal["en", "zh_CN"]
Verb = Literal["test", "pause", "resume", "remove"]


class RobotForm(Form):
    """A robot as a person writes it; an address left empty stays as it is."""

    name: Name
    kind: RobotKind
    address: Address = ""
    sign_secret: Secret = ""
    events: list[str] = Field(default_factory=list)
    manager: UUID | None = None
    locale: Locale = "en"

    def wanted(self) -> Wanted:
        """What the service is asked for."""
        return Wanted(
            self.name, self.kind, self.address, self.sign_secret, tuple(self.events), self.manager, self.locale
        )


class MoveForm(Form):
    """What shall become of a robot."""

    verb: Verb


class RobotBody(Body):
    """A robot as a program writes it; an address left empty stays as it is."""

    name: Name
    kind: Annotated[RobotKind, Field(strict=False)]
    address: Address = ""
    sign_secret: Secret = ""
    events: list[str]
    manager: Annotated[UUID | None, Field(strict=False)] = None
    locale: Locale = "en"

    def wanted(self) -> Wanted:
        """What the service is asked for."""
        return Wanted(
            self.name, self.kind, self.address, self.sign_secret, tuple(self.events), self.manager, self.locale
        )


class MoveBody(Body):
    """What shall become of a robot."""

    verb: Verb
