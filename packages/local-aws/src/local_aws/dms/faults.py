"""The errors of the DMS API, with the codes and, where they are known, the texts of AWS."""


class DmsError(Exception):
    """An error answered to the caller: `code` goes out as `__type`."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def access_denied(message: str) -> DmsError:
    """AccessDeniedFault."""
    return DmsError("AccessDeniedFault", message)


def not_found(message: str) -> DmsError:
    """ResourceNotFoundFault."""
    return DmsError("ResourceNotFoundFault", message)


def already_exists(message: str) -> DmsError:
    """ResourceAlreadyExistsFault."""
    return DmsError("ResourceAlreadyExistsFault", message)


def invalid_state(message: str) -> DmsError:
    """InvalidResourceStateFault."""
    return DmsError("InvalidResourceStateFault", message)


def invalid_value(message: str) -> DmsError:
    """InvalidParameterValueException."""
    return DmsError("InvalidParameterValueException", message)


def invalid_combination(message: str) -> DmsError:
    """InvalidParameterCombinationException."""
    return DmsError("InvalidParameterCombinationException", message)
