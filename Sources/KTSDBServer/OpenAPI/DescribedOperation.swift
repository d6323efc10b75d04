/// An endpoint of the API, as its description has it.
struct DescribedOperation: Sendable {
    typealias Value = DescriptionValue

    struct Parameter: Sendable {
        let name: String
        let schema: Value
        let isRequired: Bool
        let isRepeated: Bool
        let meaning: String
    }

    enum Answer: Sendable {
        /// The envelope with these data.
        case data(Value)
        /// Another type of content.
        case content(String)
        /// No content, with this status.
        case empty(String)
    }

    let path: String
    let methods: [String]
    let summary: String
    let parameters: [Parameter]
    let answer: Answer

    init(
        _ path: String, _ methods: [String] = ["get"], _ summary: String, _ parameters: [Parameter] = [],
        _ answer: Answer
    ) {
        self.path = path
        self.methods = methods
        self.summary = summary
        self.parameters = parameters
        self.answer = answer
    }

    /// The object of the path with all its methods.
    var item: Value { .map(methods.map { (key: $0, value: operation($0)) }) }

    private func operation(_ method: String) -> Value {
        var pairs: [(key: String, value: Value)] = [("summary", .text(summary)), ("operationId", .text(id(method)))]
        let isForm = method == "post" && methods.contains("get")
        let inPath = parameters.filter { path.contains("{\($0.name)}") }
        let listed = isForm ? inPath : parameters
        if !listed.isEmpty { pairs.append(("parameters", .list(listed.map(description)))) }
        if isForm, inPath.count < parameters.count { pairs.append(("requestBody", form)) }
        pairs.append(("responses", .map(responses(method))))
        return .map(pairs)
    }

    private func id(_ method: String) -> String {
        let words = path.split { !$0.isLetter && !$0.isNumber }.map { $0.prefix(1).uppercased() + $0.dropFirst() }
        return method + words.joined()
    }

    private func description(_ parameter: Parameter) -> Value {
        let isInPath = path.contains("{\(parameter.name)}")
        return .map([
            ("name", .text(parameter.name)), ("in", .text(isInPath ? "path" : "query")),
            ("required", .flag(parameter.isRequired)), ("description", .text(parameter.meaning)),
            ("schema", parameter.isRepeated ? DescribedSchema.list(parameter.schema) : parameter.schema),
        ])
    }

    private var form: Value {
        let fields = parameters.map { parameter in
            (
                key: parameter.name,
                value: parameter.isRepeated ? DescribedSchema.list(parameter.schema) : parameter.schema
            )
        }
        let required = parameters.filter(\.isRequired).map { Value.text($0.name) }
        var schema: [(key: String, value: Value)] = [("type", "object"), ("properties", .map(fields))]
        if !required.isEmpty { schema.append(("required", .list(required))) }
        return ["content": ["application/x-www-form-urlencoded": ["schema": .map(schema)]]]
    }

    /// The ways to fail, by status.
    private static let failures: [(status: String, meaning: String)] = [
        ("400", "A parameter is missing or malformed."), ("401", "Credentials are missing or wrong."),
        ("403", "The credentials do not allow this, or the endpoint is switched off."),
        ("404", "It does not exist."), ("422", "The expression could not be evaluated."),
        ("503", "The server is not ready, or the time for the request is over."), ("default", "Any other failure."),
    ]

    /// The answers to requests that fail, which all endpoints share.
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

    private func responses(_ method: String) -> [(key: String, value: Value)] {
        let shared: [(key: String, value: Value)] = Self.failures.map { failure in
            let reference = Value.text("#/components/responses/failure-\(failure.status)")
            return (key: failure.status, value: .map([(key: "$ref", value: reference)]))
        }
        // The answer to HEAD has no content.
        return [method == "head" ? ("200", ["description": "OK"]) : success] + shared
    }

    private var success: (key: String, value: Value) {
        switch answer {
        case .data(let data): ("200", Self.content("application/json", DescribedSchema.success(data)))
        case .content(let type): ("200", Self.content(type, DescribedSchema.text))
        case .empty(let status): (status, ["description": "Done."])
        }
    }

    private static func content(_ type: String, _ schema: Value) -> Value {
        let body: Value = ["schema": schema]
        return ["description": "OK", "content": .map([(key: type, value: body)])]
    }
}

extension DescribedOperation.Parameter {
    static func one(
        _ name: String, _ schema: DescriptionValue = DescribedSchema.text, _ meaning: String, required: Bool = false
    ) -> Self {
        Self(name: name, schema: schema, isRequired: required, isRepeated: false, meaning: meaning)
    }

    static func several(_ name: String, _ meaning: String, required: Bool = false) -> Self {
        Self(name: name, schema: DescribedSchema.text, isRequired: required, isRepeated: true, meaning: meaning)
    }
}
