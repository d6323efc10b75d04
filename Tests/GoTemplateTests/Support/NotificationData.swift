import Foundation
import GoTemplate

/// What Alertmanager gives to the templates of a notification: enough to see that the value model can express it.
enum NotificationData {
    struct Record: GoObject {
        let typeName: String
        let fields: [GoField]
    }

    static let pairType = GoType.object("template.Pair", isPointer: false)
    static let alertType = GoType.object("template.Alert", isPointer: false)

    static let labelsType: GoNamedType = GoNamedType(
        "template.KV", .map(.string, .string),
        methods: [
            "SortedPairs": { labels in
                GoFunction([], returns: .named(pairsType)) { _ in
                    .named(pairsType, .list(GoList(labels.asMap!.entries.map(pair), of: pairType)))
                }
            },
            "Names": { labels in strings { labels.asMap!.entries.map(\.key) } },
            "Values": { labels in strings { labels.asMap!.entries.map(\.value) } },
            "Remove": { labels in
                GoFunction([.list(.string)], returns: .named(labelsType)) { arguments in
                    let removed = Set(arguments[0].asList!.elements.map { $0.asString! })
                    let kept = labels.asMap!.entries.filter { !removed.contains($0.key.asString!) }
                    return .named(labelsType, .map(GoMap(kept, value: .string)))
                }
            },
        ])

    static let pairsType: GoNamedType = GoNamedType(
        "template.Pairs", .list(pairType),
        methods: [
            "Names": { pairs in strings { pairs.asList!.elements.map { part("Name", $0) } } },
            "Values": { pairs in strings { pairs.asList!.elements.map { part("Value", $0) } } },
        ])

    static let alertsType: GoNamedType = GoNamedType(
        "template.Alerts", .list(alertType),
        methods: ["Firing": { filter($0, "firing") }, "Resolved": { filter($0, "resolved") }])

    private static func pair(_ entry: GoMap.Entry) -> GoValue {
        .object(Record(typeName: "template.Pair", fields: [GoField("Name", entry.key), GoField("Value", entry.value)]))
    }

    private static func part(_ name: String, _ value: GoValue) -> GoValue {
        if case .object(let object) = value { object.field(name) ?? "" } else { "" }
    }

    private static func strings(_ values: @escaping @Sendable () -> [GoValue]) -> GoFunction {
        GoFunction([], returns: .list(.string)) { _ in .list(GoList(values(), of: .string)) }
    }

    @Sendable private static func filter(_ alerts: GoValue, _ status: GoString) -> GoFunction {
        GoFunction([], returns: .list(alertType)) { _ in
            .list(GoList(alerts.asList!.elements.filter { part("Status", $0).asString == status }, of: alertType))
        }
    }

    // MARK: From JSON

    static func labels(_ json: Any?) -> GoValue { .named(labelsType, .map(GoMap(json as? [String: String] ?? [:]))) }

    static func time(_ text: Any?) throws -> GoValue {
        guard let text = text as? String, !text.hasPrefix("0001") else { return .object(GoTime.zero) }
        let style = Date.ISO8601FormatStyle(includingFractionalSeconds: text.contains("."))
        let seconds = try Date(text, strategy: style).timeIntervalSince1970
        return .object(GoTime(milliseconds: Int64((seconds * 1000).rounded())))
    }

    static func text(_ json: Any?) -> GoValue { .text(json as? String ?? "") }

    private static func alert(_ json: [String: Any]) throws -> GoValue {
        .object(
            Record(
                typeName: "template.Alert",
                fields: [
                    GoField("Status", text(json["status"])), GoField("Labels", labels(json["labels"])),
                    GoField("Annotations", labels(json["annotations"])),
                    GoField("StartsAt", try time(json["startsAt"])),
                    GoField("EndsAt", try time(json["endsAt"])), GoField("GeneratorURL", text(json["generatorURL"])),
                    GoField("Fingerprint", text(json["fingerprint"])),
                ]))
    }

    static func data(_ json: [String: Any]) throws -> GoValue {
        let alerts = try (json["alerts"] as? [[String: Any]] ?? []).map(alert)
        return .object(
            Record(
                typeName: "template.Data",
                fields: [
                    GoField("Receiver", text(json["receiver"])), GoField("Status", text(json["status"])),
                    GoField("Alerts", .named(alertsType, .list(GoList(alerts, of: alertType)))),
                    GoField("GroupLabels", labels(json["groupLabels"])),
                    GoField("CommonLabels", labels(json["commonLabels"])),
                    GoField("CommonAnnotations", labels(json["commonAnnotations"])),
                    GoField("ExternalURL", text(json["externalURL"])),
                ]))
    }

    static let functions: TemplateFunctions = [
        "toUpper": GoFunction([.string], returns: .string) { .text($0[0].asString!.description.uppercased()) },
        "toLower": GoFunction([.string], returns: .string) { .text($0[0].asString!.description.lowercased()) },
        "join": GoFunction([.string, .list(.string)], returns: .string) { arguments in
            let parts = arguments[1].asList!.elements.map { $0.asString!.description }
            return .text(parts.joined(separator: arguments[0].asString!.description))
        },
        "stringSlice": GoFunction([], variadic: .string, returns: .list(.string)) { .list(GoList($0, of: .string)) },
    ]
}
