"""The members of a service model's shapes, by path: `CorsConfiguration.AllowOrigins`,
`DomainNameConfigurations[].CertificateArn`, `RouteSettings{}.LoggingLevel`."""


def paths(shape, prefix=""):
    """Every member of a shape that holds a value itself."""
    if shape is None:
        return
    if shape.type_name == "structure" and shape.members:
        for name, member in shape.members.items():
            yield from paths(member, f"{prefix}.{name}" if prefix else name)
    elif shape.type_name == "structure":
        return
    elif shape.type_name == "list":
        yield from paths(shape.member, prefix + "[]") if is_deep(shape.member) else [prefix]
    elif shape.type_name == "map":
        yield from paths(shape.value, prefix + "{}") if is_deep(shape.value) else [prefix]
    else:
        yield prefix


def is_deep(shape):
    return shape.type_name == "structure" and bool(shape.members)


def found(shape, value, prefix=""):
    """The paths that a value has."""
    return {path for path, _ in compared(shape, value, value, prefix)}


def compared(shape, sent, shown, prefix=""):
    """Of every path that `sent` has: whether `shown` has the same there."""
    if shape.type_name == "structure" and shape.members:
        for name, value in sent.items():
            if name in shape.members:
                other = shown.get(name) if isinstance(shown, dict) else None
                path = f"{prefix}.{name}" if prefix else name
                yield from compared(shape.members[name], value, other, path)
    elif shape.type_name == "list" and is_deep(shape.member):
        for at, value in enumerate(sent):
            other = shown[at] if shown and at < len(shown) else None
            yield from compared(shape.member, value, other, prefix + "[]")
    elif shape.type_name == "map" and is_deep(shape.value):
        for key, value in sent.items():
            other = (shown or {}).get(key)
            yield from compared(shape.value, value, other, prefix + "{}")
    else:
        yield prefix, sent == shown
