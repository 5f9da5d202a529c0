"""The errors of the DMS API, with the codes and, where they are known, the texts of AWS."""

from functools import partial


class DmsError(Exception):
    """Answers an error to the caller: `code` goes out as `__type`."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


access_denied = partial(DmsError, "AccessDeniedFault")
not_found = partial(DmsError, "ResourceNotFoundFault")
already_exists = partial(DmsError, "ResourceAlreadyExistsFault")
invalid_state = partial(DmsError, "InvalidResourceStateFault")
invalid_value = partial(DmsError, "InvalidParameterValueException")
invalid_combination = partial(DmsError, "InvalidParameterCombinationException")
