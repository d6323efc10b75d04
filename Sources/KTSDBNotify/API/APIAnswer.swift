package import PrometheusWire

/// An answer of Alertmanager's API: to be encoded by whoever sends it, since lists can be long.
package struct APIAnswer: Sendable {
    /// What the answer says.
    package enum Body: Sendable {
        case none
        case value(JSONTree)
        case alerts([ListedAlert])
        case groups([ListedGroup])
        /// Silences, with the states that they have at a time.
        case silences([Silence], at: WallTime)
    }

    /// The status of HTTP.
    package var status: Int
    package var body: Body
    /// The methods that the path has, if the one of the request is not among them.
    package var allowed: [String] = []

    package init(status: Int = 200, _ body: Body = .none) {
        self.status = status
        self.body = body
    }

    /// An error of a handler: a string.
    static func failure(_ status: Int, _ text: String) -> APIAnswer { APIAnswer(status: status, .value(.string(text))) }

    /// An error of the framework: an object with a code and a message.
    static func refusal(_ status: Int, code: Int? = nil, _ message: String) -> APIAnswer {
        APIAnswer(
            status: status,
            .value(.members([("code", .integer(code ?? status)), ("message", .string(message))])))
    }
}

extension APIAnswer {
    /// How many elements the list has; nil if the answer is not a list.
    package var elementCount: Int? {
        switch body {
        case .none, .value: nil
        case .alerts(let list): list.count
        case .groups(let list): list.count
        case .silences(let list, _): list.count
        }
    }

    /// An element of a list.
    package func element(_ index: Int) -> JSONTree {
        switch body {
        case .none: .null
        case .value(let value): value
        case .alerts(let list): list[index].json
        case .groups(let list): list[index].json
        case .silences(let list, let now): list[index].json(at: now)
        }
    }

    /// The whole answer as JSON; empty if it has no body.
    package var encoded: [UInt8] {
        switch body {
        case .none: []
        case .value(let value): value.encoded + [0x0A]
        default: JSONTree.array((0..<(elementCount ?? 0)).map(element)).encoded + [0x0A]
        }
    }
}
