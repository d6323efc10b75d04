extension AmtoolProblem {
    /// Nobody listens at the address of a server.
    package static func refusedConnection(_ method: String, _ url: String, _ address: String) -> AmtoolProblem {
        let verb = method.prefix(1) + method.dropFirst().lowercased()
        return AmtoolProblem("\(verb) \"\(url)\": dial tcp \(address): connect: connection refused")
    }
}
