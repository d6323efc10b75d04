extension DescribedSchema {
    /// A count, at least 0.
    static let count: Value = ["type": "integer", "minimum": .number(0), "maximum": .number(2_147_483_647)]

    /// A whole number within bounds.
    static func whole(_ bounds: ClosedRange<Int>) -> Value {
        ["type": "integer", "minimum": .number(bounds.lowerBound), "maximum": .number(bounds.upperBound)]
    }

    /// One of these texts.
    static func choice(_ texts: String...) -> Value { ["type": "string", "enum": .list(texts.map { .text($0) })] }

    static let boolean = choice("true", "false")

    /// Seconds since 1970, or a time in RFC 3339.
    static let time: Value = [
        "anyOf": .list([
            ["type": "number", "minimum": .number(-9_000_000_000_000), "maximum": .number(9_000_000_000_000)],
            ["type": "string", "format": "date-time"],
        ])
    ]

    /// Seconds, or a duration such as `5m`.
    static let duration: Value = [
        "anyOf": .list([
            ["type": "number", "minimum": .number(0), "maximum": .number(9_000_000_000)],
            ["type": "string", "pattern": "^[0-9]{1,6}(ms|s|m|h|d|w)$"],
        ])
    ]

    /// An expression of PromQL.
    static let expression: Value = [
        "type": "string", "examples": ["up", "sum by (job) (rate(prometheus_http_requests_total[5m]))", "1 + 1"],
    ]
}
