"""What of a service model the gateway does, found out by calling it with boto3: a member that was
sent counts once it came back as it was sent, from Get and from List; one of an answer once it was
there."""

from botocore import xform_name

from .members import compared, found, paths


class Kind:
    """A kind of resource: how it is read back."""

    def __init__(self, noun, parents=(), lister=None, items="Items", identifier=None):
        self.noun, self.parents, self.items = noun, parents, items
        self.lister = lister or f"Get{noun}s"
        self.identifier = identifier or f"{noun}Id"


class Coverage:
    """Calls, and what they showed."""

    def __init__(self, client):
        self.client, self.model = client, client.meta.service_model
        self.called, self.kept, self.shown, self.wrong = set(), {}, {}, []

    # Calls

    def call(self, operation, **sent):
        """One call; members of its path and query count when it is answered."""
        answer = getattr(self.client, xform_name(operation))(**sent)
        answer.pop("ResponseMetadata")
        self.called.add(operation)
        model = self.model.operation_model(operation)
        if model.output_shape:
            self.shown.setdefault(operation, set()).update(found(model.output_shape, answer))
        self.kept.setdefault(operation, set()).update(
            name for name, member in model.input_shape.members.items()
            if name in sent and "location" in member.serialization)
        return answer

    def make(self, kind, elsewhere=(), **sent):
        """Creates a resource; gives the members that name it."""
        parents = {name: sent[name] for name in kind.parents}
        answer = self.call(f"Create{kind.noun}", **sent)
        named = parents | {kind.identifier: answer[kind.identifier]}
        self.came_back(kind, f"Create{kind.noun}", named, sent, elsewhere)
        return named

    def change(self, kind, named, elsewhere=(), verb="Update", **sent):
        """Changes a resource."""
        self.call(f"{verb}{kind.noun}", **named, **sent)
        self.came_back(kind, f"{verb}{kind.noun}", named, sent, elsewhere)

    def came_back(self, kind, operation, named, sent, elsewhere=()):
        """Compares what was sent with what Get and List show."""
        parents = {name: named[name] for name in kind.parents}
        got = self.call(f"Get{kind.noun}", **named)
        listed = self.call(kind.lister, **parents)[kind.items]
        own = named[kind.identifier]
        listed = next(item for item in listed if item[kind.identifier] == own)
        shape = self.model.operation_model(operation).input_shape
        body = {name: value for name, value in sent.items()
                if "location" not in shape.members[name].serialization and name not in elsewhere}
        for seen in (got, listed):
            for path, same in compared(shape, body, seen):
                if not same:
                    self.wrong.append(f"{operation}.{path}: sent {sent}, shown {seen}")
        self.kept[operation].update(found(shape, body))

    def keeps(self, operation, member, sent, shown):
        """A member whose value shows elsewhere than under its own name."""
        if sent != shown:
            self.wrong.append(f"{operation}.{member}: sent {sent}, shown {shown}")
        self.kept[operation].add(member)

    def page(self, kind, parents, size="1"):
        """Two pages of a list."""
        first = self.call(kind.lister, **parents, MaxResults=size)
        token = first["NextToken"]
        rest = self.call(kind.lister, **parents, MaxResults=size, NextToken=token)
        same = [item for item in first[kind.items] if item in rest[kind.items]]
        assert first[kind.items] and rest[kind.items] and not same, (first, rest)

    # What they showed

    def members(self, operation):
        """How many members the operation has and how many of them are true: (in, of, out, of),
        and those that are not."""
        model = self.model.operation_model(operation)
        wanted = set(paths(model.input_shape)) if model.input_shape else set()
        given = set(paths(model.output_shape)) if model.output_shape else set()
        kept = wanted & self.kept.get(operation, set())
        shown = given & self.shown.get(operation, set())
        return (len(kept), len(wanted), len(shown), len(given),
                sorted(wanted - kept), sorted(given - shown))
