"""Requests and answers of EC2 and STS on the wire, both ways, from botocore's service models."""

import sys
from xml.sax.saxutils import escape

from lab.aws.newer import add_newer

try:
    import botocore.loaders
    import botocore.model
except ImportError as missing:
    # For whatever test wants the fake, as ctest understands it.
    print(f"SKIPPED: {missing} (python3-botocore)", file=sys.stderr)
    sys.exit(77)


def load_model(name, version):
    data = botocore.loaders.Loader().load_service_model(name, "service-2", version)
    if name == "ec2":
        add_newer(data)
    return botocore.model.ServiceModel(data, name)


MODELS = {
    "2016-11-15": load_model("ec2", "2016-11-15"),
    "2011-06-15": load_model("sts", "2011-06-15"),
}


class ApiError(Exception):
    def __init__(self, status, code, message):
        super().__init__(code)
        self.status, self.code, self.message = status, code, message


def query_name(protocol, member_name, shape):
    if protocol == "ec2":
        name = shape.serialization.get("queryName")
        if name:
            return name
        name = shape.serialization.get("name")
        return name[0].upper() + name[1:] if name else member_name
    return shape.serialization.get("name", member_name)


def convert(shape, text):
    if shape.type_name in ("integer", "long"):
        return int(text)
    if shape.type_name == "boolean":
        if text not in ("true", "false"):
            raise ApiError(400, "InvalidParameterValue", f"not a boolean: {text}")
        return text == "true"
    return text


def parse_shape(protocol, shape, prefix, form, used):
    if shape.type_name == "structure":
        result = {}
        for name, member in shape.members.items():
            child = query_name(protocol, name, member)
            value = parse_shape(protocol, member, f"{prefix}.{child}" if prefix else child, form,
                                used)
            if value is not None:
                result[name] = value
        return result or None
    if shape.type_name == "list":
        flat = protocol == "ec2" or shape.serialization.get("flattened")
        stem = prefix if flat else f"{prefix}.{shape.member.serialization.get('name', 'member')}"
        result = []
        while True:
            value = parse_shape(protocol, shape.member, f"{stem}.{len(result) + 1}", form, used)
            if value is None:
                return result or None
            result.append(value)
    if prefix not in form:
        return None
    used.add(prefix)
    return convert(shape, form[prefix])


def parse_input(model, operation, form):
    used = {"Action", "Version"}
    protocol = model.metadata["protocol"]
    result = parse_shape(protocol, operation.input_shape, "", form, used) or {}
    for name in form:
        if name not in used:
            raise ApiError(400, "UnknownParameter", f"The parameter {name} is not recognized")
    for name in operation.input_shape.required_members:
        if name not in result:
            raise ApiError(400, "MissingParameter", f"The request must contain {name}")
    return result


def emit(shape, value, tag):
    if shape.type_name == "structure":
        return f"<{tag}>{emit_members(shape, value)}</{tag}>"
    if shape.type_name == "list":
        if not value:
            return f"<{tag}/>"
        item = shape.member.serialization.get("name", "member")
        return f"<{tag}>{''.join(emit(shape.member, v, item) for v in value)}</{tag}>"
    if shape.type_name == "boolean":
        value = "true" if value else "false"
    return f"<{tag}>{escape(str(value))}</{tag}>"


def emit_members(shape, value):
    parts = []
    for name, member in shape.members.items():
        if name in value and value[name] is not None:
            parts.append(emit(member, value[name], member.serialization.get("name", name)))
    unknown = set(value) - set(shape.members)
    if unknown:
        raise KeyError(f"{shape.name} has no {sorted(unknown)}")
    return "".join(parts)


def emit_output(model, operation, result, request_id):
    namespace = model.metadata.get("xmlNamespace", "http://ec2.amazonaws.com/doc/2016-11-15/")
    inner = emit_members(operation.output_shape, result)
    head = '<?xml version="1.0" encoding="UTF-8"?>\n'
    name = operation.name
    if model.metadata["protocol"] == "ec2":
        return (f'{head}<{name}Response xmlns="{namespace}"><requestId>{request_id}</requestId>'
                f"{inner}</{name}Response>")
    return (f'{head}<{name}Response xmlns="{namespace}"><{name}Result>{inner}</{name}Result>'
            f"<ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata>"
            f"</{name}Response>")


def emit_error(version, error, request_id):
    code, message = escape(error.code), escape(error.message)
    head = '<?xml version="1.0" encoding="UTF-8"?>\n'
    if version == "2011-06-15":
        return (f'{head}<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error>'
                f"<Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>"
                f"<RequestId>{request_id}</RequestId></ErrorResponse>")
    return (f"{head}<Response><Errors><Error><Code>{code}</Code><Message>{message}</Message>"
            f"</Error></Errors><RequestID>{request_id}</RequestID></Response>")
