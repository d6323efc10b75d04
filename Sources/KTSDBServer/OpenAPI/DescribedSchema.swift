/// The schemas of answers, in the JSON Schema dialect of OpenAPI 3.1.
enum DescribedSchema {
    typealias Value = DescriptionValue

    static let text: Value = ["type": "string"]
    static let whole: Value = ["type": "integer"]
    static let number: Value = ["type": "number"]
    static let flag: Value = ["type": "boolean"]
    static let anything: Value = [:]
    static let object: Value = ["type": "object"]

    static func list(_ element: Value) -> Value { ["type": "array", "items": element] }
    static func map(_ value: Value) -> Value { ["type": "object", "additionalProperties": value] }
    static func reference(_ name: String) -> Value { .map([("$ref", .text("#/components/schemas/\(name)"))]) }

    /// Returns the schema of an object with required and optional fields.
    static func object(_ fields: KeyValuePairs<String, Value>, optional: KeyValuePairs<String, Value> = [:]) -> Value {
        let all = Array(fields) + Array(optional)
        return .map([
            ("type", "object"), ("required", .list(fields.map { .text($0.key) })),
            ("properties", .map(all.map { (key: $0.key, value: $0.value) })),
        ])
    }

    /// Returns the schema of the envelope of a successful answer.
    static func success(_ data: Value) -> Value {
        object(
            ["status": ["type": "string", "const": "success"], "data": data],
            optional: ["warnings": list(text), "infos": list(text)])
    }

    private static let labels = map(text)
    /// A time in seconds, followed by a value as text.
    private static let point: Value = [
        "type": "array", "prefixItems": .list([number, text]), "minItems": .number(2), "maxItems": .number(2),
    ]
    private static let histogramPoint: Value = [
        "type": "array", "prefixItems": .list([number, reference("Histogram")]), "minItems": .number(2),
        "maxItems": .number(2),
    ]

    /// The named schemas, to which others refer.
    static let named: Value = .map([
        (
            "Error",
            object(
                ["status": ["type": "string", "const": "error"], "errorType": text, "error": text],
                optional: ["data": anything, "warnings": list(text), "infos": list(text)])
        ),
        ("Histogram", object(["count": text, "sum": text], optional: ["buckets": list(list(anything))])),
        ("Labels", labels),
        ("Metadata", object(["type": text, "help": text, "unit": text])),
        (
            "QueryResult",
            object(
                [
                    "resultType": ["type": "string", "enum": ["vector", "matrix", "scalar", "string"]],
                    "result": [
                        "anyOf": .list([
                            list(
                                object(
                                    ["metric": labels],
                                    optional: [
                                        "value": point, "histogram": histogramPoint, "values": list(point),
                                        "histograms": list(histogramPoint),
                                    ])), point,
                        ])
                    ],
                ], optional: ["stats": object])
        ),
        (
            "Exemplars",
            list(
                object([
                    "seriesLabels": labels,
                    "exemplars": list(object(["labels": labels, "value": text, "timestamp": number])),
                ]))
        ),
        (
            "NamedCounts", list(object(["name": text, "value": whole]))
        ),
        (
            "Block",
            object([
                "ulid": text, "minTime": whole, "maxTime": whole, "stats": map(whole),
                "compaction": object(["level": whole, "sources": list(text)]), "version": whole,
            ])
        ),
    ])
}
