internal import ArgumentParser

/// A host and a port on the command line, such as `127.0.0.1:8080`; port 0 takes one that is free.
struct ListenArgument: ExpressibleByArgument, CustomStringConvertible {
    let host: String
    let port: Int

    init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    init?(argument: String) {
        guard let colon = argument.lastIndex(of: ":"), let port = Int(argument[argument.index(after: colon)...]),
            (0...65_535).contains(port)
        else { return nil }
        let host = argument[..<colon].drop { $0 == "[" }
        self.init(host: String(host.last == "]" ? host.dropLast() : host), port: port)
    }

    /// The address `count` ports higher, or again any free port.
    func advanced(by count: Int) -> ListenArgument {
        ListenArgument(host: host, port: port == 0 ? 0 : port + count)
    }

    var description: String { (host.contains(":") ? "[\(host)]" : host) + ":\(port)" }
    var defaultValueDescription: String { description }
}
