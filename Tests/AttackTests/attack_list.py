"""The list that attacks enter themselves in."""


class Attack:
    def __init__(self, name, function, counters, is_quick, arguments):
        self.name = name
        self.function = function
        self.counters = counters
        self.is_quick = is_quick
        self.arguments = arguments

    def run(self, port):
        return self.function(port, **self.arguments)


ATTACKS = []


def attack(*counters, unread=False, quick=True):
    """Enters a function of a port as an attack.

    counters: of which one must rise. unread: whether it is made by a peer that never reads too: the
    function is then told reads=True or reads=False. quick: whether it belongs in the round that
    comes before the measuring.
    """
    def enter(function):
        if unread:
            ATTACKS.append(Attack(function.__name__, function, counters, quick, {"reads": True}))
            ATTACKS.append(Attack(
                f"{function.__name__}_unread", function, counters, quick, {"reads": False}))
        else:
            ATTACKS.append(Attack(function.__name__, function, counters, quick, {}))
        return function
    return enter
