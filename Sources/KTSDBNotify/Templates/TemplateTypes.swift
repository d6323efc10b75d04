package import GoTemplate

/// The types that Alertmanager's templates know besides Go's own.
package enum TemplateTypes {
    static let pair = GoType.object("template.Pair", isPointer: false)
    static let alert = GoType.object("template.Alert", isPointer: false)

    /// A list of texts with the method `Join`.
    static let strings = GoNamedType(
        "template.Strings", .list(.string),
        methods: [
            "Join": { value in
                GoFunction([.string], returns: .string) { arguments in
                    .string(join(value.asList?.elements ?? [], arguments[0].asString ?? ""))
                }
            }
        ])

    /// A list of names and values.
    static let pairs = GoNamedType(
        "template.Pairs", .list(pair),
        methods: [
            "Names": { pairs in function { strings(pairs, "Name") } },
            "Values": { pairs in function { strings(pairs, "Value") } },
        ], text: { GoString(text($0)) })

    /// Names with values.
    package static let keyValues: GoNamedType = GoNamedType(
        "template.KV", .map(.string, .string),
        methods: [
            "SortedPairs": { values in
                GoFunction([], returns: .named(pairs)) { _ in sortedPairs(values) }
            },
            "Names": { values in function { strings(sortedPairs(values), "Name") } },
            "Values": { values in function { strings(sortedPairs(values), "Value") } },
            "Remove": { values in
                GoFunction([.list(.string)], returns: .named(keyValues)) { arguments in
                    let removed = Set(arguments[0].asList?.elements.compactMap(\.asString) ?? [])
                    let kept = (values.asMap?.entries ?? []).filter { !removed.contains($0.key.asString ?? "") }
                    return .named(keyValues, .map(GoMap(kept, value: .string)))
                }
            },
        ], text: { GoString(text(sortedPairs($0))) })

    /// The alerts of a notification.
    package static let alerts = GoNamedType(
        "template.Alerts", .list(alert),
        methods: ["Firing": { filter($0, "firing") }, "Resolved": { filter($0, "resolved") }])

    private static func function(_ value: @escaping @Sendable () -> GoValue) -> GoFunction {
        GoFunction([], returns: .named(strings)) { _ in value() }
    }

    static func join(_ parts: [GoValue], _ separator: GoString) -> GoString {
        var bytes: [UInt8] = []
        for (place, part) in parts.enumerated() {
            if place > 0 { bytes += separator.bytes }
            bytes += part.asString?.bytes ?? []
        }
        return GoString(bytes: bytes)
    }

    private static func part(_ name: String, _ value: GoValue) -> GoString {
        if case .object(let object) = value { object.field(name)?.asString ?? "" } else { "" }
    }

    private static func strings(_ pairs: GoValue, _ name: String) -> GoValue {
        let texts = (pairs.asList?.elements ?? []).map { GoValue.string(part(name, $0)) }
        return .named(strings, .list(GoList(texts, of: .string)))
    }

    /// `alertname` first, the others by name.
    private static func sortedPairs(_ values: GoValue) -> GoValue {
        let entries = values.asMap?.entries ?? []
        let first = entries.filter { $0.key.asString == "alertname" }
        let ordered = first + entries.filter { $0.key.asString != "alertname" }
        let records = ordered.map { entry in
            GoValue.object(
                TemplateRecord("template.Pair", [("Name", "Name", entry.key), ("Value", "Value", entry.value)]))
        }
        return .named(pairs, .list(GoList(records, of: pair)))
    }

    /// `a=b, c=d`.
    private static func text(_ pairs: GoValue) -> String {
        let texts = (pairs.asList?.elements ?? []).map { "\(part("Name", $0))=\(part("Value", $0))" }
        return texts.joined(separator: ", ")
    }

    @Sendable private static func filter(_ alerts: GoValue, _ status: GoString) -> GoFunction {
        GoFunction([], returns: .list(alert)) { _ in
            let kept = (alerts.asList?.elements ?? []).filter { part("Status", $0) == status }
            return .list(GoList(kept, of: alert))
        }
    }
}
