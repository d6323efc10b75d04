extension DescribedOperation {
    /// The statuses of failed requests, and what they mean.
    private static let failures: [(status: String, meaning: String)] = [
        ("400", "A parameter is missing or malformed."), ("401", "Credentials are missing or wrong."),
        ("403", "The credentials do not allow this, or the endpoint is switched off."),
        ("404", "The requested item or path does not exist."), ("405", "The path does not support this method."),
        ("408", "The request did not arrive completely in time."), ("413", "The body is too large."),
        ("415", "The body's type or its compression is not accepted."),
        ("422", "The expression could not be evaluated."), ("429", "There are more requests than allowed."),
        ("499", "The client closed the connection, or the server is stopping."),
        ("503", "The server is not ready, or the time for the request is over."), ("default", "Any other failure."),
    ]

    /// The answers to failed requests, which all endpoints share.
    static var sharedResponses: Value {
        let content: Value = [
            "application/json": ["schema": DescribedSchema.reference("Error")],
            "text/plain": ["schema": DescribedSchema.text],
        ]
        return .map(
            failures.map {
                (key: "failure-\($0.status)", value: ["description": .text($0.meaning), "content": content])
            })
    }

    func responses(_ method: String) -> [(key: String, value: Value)] {
        // Answers to HEAD have no content.
        guard method != "head" else {
            return [("200", ["description": "OK"])]
                + Self.failures.map { (key: $0.status, value: ["description": .text($0.meaning)]) }
        }
        let own = [success] + others.map { (key: $0.status, value: Self.response(to: $0.answer)) }
        let shared: [(key: String, value: Value)] = Self.failures.map { failure in
            let reference = Value.text("#/components/responses/failure-\(failure.status)")
            return (key: failure.status, value: .map([(key: "$ref", value: reference)]))
        }
        let keys = Set(own.map(\.key))
        return own + shared.filter { !keys.contains($0.key) }
    }

    private var success: (key: String, value: Value) {
        if case .empty(let status) = answer { return (status, Self.response(to: answer)) }
        return ("200", Self.response(to: answer))
    }

    private static func response(to answer: Answer) -> Value {
        switch answer {
        case .data(let data): content([("application/json", DescribedSchema.success(data))])
        case .dataOrText(let data):
            content([("application/json", DescribedSchema.success(data)), ("text/plain", DescribedSchema.text)])
        case .json(let value): content([("application/json", value)])
        // Some clients parse lines of JSON, and YAML, before they check the schema, so text is not required.
        case .content(let type):
            content([(type, type.hasPrefix("text/") ? DescribedSchema.text : DescribedSchema.anything)])
        case .empty: ["description": "Done."]
        }
    }

    private static func content(_ types: [(type: String, schema: Value)]) -> Value {
        let content = types.map { type in (key: type.type, value: Value.map([(key: "schema", value: type.schema)])) }
        return ["description": "OK", "content": .map(content)]
    }
}
