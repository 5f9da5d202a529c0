"""Numbers as DynamoDB keeps them: without leading and trailing zeros, so that equal numbers are one key.

Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
"""

from decimal import Context, Decimal
from typing import Any

# Wide enough for any number that DynamoDB holds (38 digits) to stay as it is.
_EXACT = Context(prec=60)


def kept(value: dict[str, Any]) -> dict[str, Any]:
    """Return a value in DynamoDB JSON with every number in it trimmed."""
    for kind, inner in value.items():
        match kind:
            case "N":
                return {"N": trimmed(inner)}
            case "M":
                return {"M": {name: kept(member) for name, member in inner.items()}}
            case "L":
                return {"L": [kept(member) for member in inner]}
            case "NS":
                return {"NS": [trimmed(member) for member in inner]}
            case _:
                pass
    return value


def trimmed(text: str) -> str:
    """Return the number's shortest plain text; exponents are written out, as DynamoDB returns them."""
    if text.isdecimal() and (text[0] != "0" or text == "0"):
        return text
    number = Decimal(text)
    return f"{number.normalize(_EXACT):f}" if number else "0"
