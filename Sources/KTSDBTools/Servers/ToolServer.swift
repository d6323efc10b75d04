/// A server that a tool asks: each request waits for its answer.
package struct ToolServer: Sendable {
    package struct Request: Hashable, Sendable {
        package struct Header: Hashable, Sendable {
            package var name: String
            package var value: String

            package init(_ name: String, _ value: String) {
                self.name = name
                self.value = value
            }
        }

        package var method: String
        /// What follows the address: a path, and a query after a question mark.
        package var target: String
        package var headers: [Header]
        package var body: [UInt8]

        package init(_ method: String, _ target: String, headers: [Header] = [], body: [UInt8] = []) {
            self.method = method
            self.target = target
            self.headers = headers
            self.body = body
        }
    }

    package struct Answer: Hashable, Sendable {
        package var status: Int
        package var body: [UInt8]

        package init(_ status: Int, _ body: [UInt8]) {
            self.status = status
            self.body = body
        }

        package var text: String { String(decoding: body, as: UTF8.self) }
    }

    /// Where it is, without credentials.
    package var address: String
    package var send: @Sendable (Request) throws(ConnectionProblem) -> Answer

    package init(
        address: String, send: @escaping @Sendable (Request) throws(ConnectionProblem) -> Answer
    ) {
        self.address = address
        self.send = send
    }
}

/// Why a server has no answer, in Go's words: `Get "URL": dial tcp ADDRESS: connect: connection refused`.
package struct ConnectionProblem: Error, Hashable, Sendable, CustomStringConvertible {
    package var description: String

    package init(_ description: String) { self.description = description }

    /// Nobody listens at the address of a server.
    package static func refused(_ method: String, _ url: String, _ address: String) -> ConnectionProblem {
        ConnectionProblem("\(verb(method)) \"\(url)\": dial tcp \(address): connect: connection refused")
    }

    /// The method as Go's errors begin with it: `Get`.
    package static func verb(_ method: String) -> String { method.prefix(1) + method.dropFirst().lowercased() }
}
