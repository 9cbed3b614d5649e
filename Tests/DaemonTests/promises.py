"""What callers were told, and whether a store that nobody has open holds it."""
import sqlite3


def missing(path, promises):
    """Those of the promises that the store does not keep.

    A promise names a caller's key (`request`), a top-up, perhaps with the state it was seen in, a
    webhook's event (`inbox`), or how far a source of events was acknowledged (`source`, `seq`).
    """
    with sqlite3.connect(path) as connection:
        keys = {key for key, in connection.execute("SELECT key FROM request")}
        states = dict(connection.execute("SELECT id, state FROM top_up"))
        inbox = {name for name, in connection.execute("SELECT id FROM inbox")}
        sources = dict(connection.execute("SELECT name, max(high_water) FROM source GROUP BY name"))
    connection.close()
    return [one for one in promises if not (
        ("request" not in one or one["request"] in keys)
        and ("top_up" not in one or one["top_up"] in states)
        and ("state" not in one or states[one["top_up"]] == one["state"])
        and ("inbox" not in one or one["inbox"] in inbox)
        and ("source" not in one or sources.get(one["source"], 0) >= one["seq"]))]
