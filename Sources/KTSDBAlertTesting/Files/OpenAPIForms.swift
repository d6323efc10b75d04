import KTSDBNotify
internal import PrometheusWire

/// The definitions of an API description: what values have to look like.
struct OpenAPIForms {
    private let definitions: TableValue

    init(_ definitions: TableValue) { self.definitions = definitions }

    /// Checks that a value has a form: the name of a type, a list of one form, or members with forms.
    func check(_ value: JSONTree, _ form: TableValue, _ what: String) throws {
        if let element = form.array?.first {
            try checkList(value, element, what)
        } else if form.isObject {
            for (name, member) in form.members { try check(try need(value[name], "\(what).\(name)"), member, what) }
        } else {
            try check(value, named: form.text ?? "", what)
        }
    }

    private func checkList(_ value: JSONTree, _ element: TableValue, _ what: String) throws {
        guard case .array(let elements) = value else { throw failure(what, "a list", value) }
        for entry in elements { try check(entry, element, what + "[]") }
    }

    private func failure(_ what: String, _ expected: String, _ got: JSONTree) -> CheckFailure {
        CheckFailure(what: what, expected: expected, got: String(decoding: got.encoded, as: UTF8.self))
    }

    private func check(_ value: JSONTree, named type: String, _ what: String) throws {
        switch type {
        case "string", "uri":
            if value.text == nil { throw failure(what, "a text", value) }
        case "date-time":
            if value.text.flatMap(TimeText.parse) == nil { throw failure(what, "a time", value) }
        case "boolean":
            guard case .bool = value else { throw failure(what, "true or false", value) }
        default: try check(value, defined: try need(definitions[type], "a definition of \(type)"), "\(what) \(type)")
        }
    }

    private func check(_ value: JSONTree, defined form: TableValue, _ what: String) throws {
        if let element = form["array_of"] { return try checkList(value, element, what) }
        guard case .object(let members) = value else { throw failure(what, "an object", value) }
        if let element = form["map_of"] {
            for member in members { try check(member.value, element, "\(what).\(member.name)") }
            return
        }
        for name in required(form) where value[name] == nil { throw failure(what, "a member \(name)", value) }
        let known = properties(form)
        for member in members {
            guard let property = known[member.name] else { throw failure(what, "no member \(member.name)", value) }
            try check(member.value, try need(property["type"]), "\(what).\(member.name)")
            if let choices = property["enum"]?.texts, !choices.contains(member.value.text ?? "") {
                throw failure("\(what).\(member.name)", "one of \(choices)", member.value)
            }
        }
    }

    private func included(_ form: TableValue) -> [TableValue] {
        [form] + (form["includes"]?.texts ?? []).compactMap { definitions[$0] }.flatMap(included)
    }

    private func required(_ form: TableValue) -> [String] { included(form).flatMap { $0["required"]?.texts ?? [] } }

    private func properties(_ form: TableValue) -> [String: TableValue] {
        included(form).reduce(into: [:]) { $0.merge($1["properties"]?.members ?? [:]) { own, _ in own } }
    }

    /// Bodies that lack one required member each, with the member's name.
    func incomplete(_ form: String, _ example: JSONTree) throws -> [(name: String, body: String)] {
        let definition = try need(definitions[form])
        if let element = definition["array_of"]?.text, case .array(let elements) = example {
            let one = try need(elements.first)
            return try incomplete(element, one).map { ("0.\($0.name)", "[\($0.body)]") }
        }
        guard case .object(let members) = example else { return [] }
        return required(definition).map { name in
            let rest = JSONTree.object(members.filter { $0.name != name })
            return (name, String(decoding: rest.encoded, as: UTF8.self))
        }
    }
}
