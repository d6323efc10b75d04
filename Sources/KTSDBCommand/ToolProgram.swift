internal import ArgumentParser

/// The tool that ktsdb replaces, by the name with which ktsdb was started.
enum ToolProgram: String {
    case amtool, promtool

    /// Reads the first argument of a process, such as `/usr/bin/promtool`; nil for any other name.
    init?(argument: String) {
        guard let name = argument.split(separator: "/").last else { return nil }
        self.init(rawValue: String(name))
    }

    /// Runs a command line of the tool.
    func run(_ line: [String]) throws {
        if line == ["--version"] {
            return print(rawValue + Command.configuration.version.dropFirst("ktsdb".count))
        }
        switch self {
        case .amtool: try AmtoolProgram.run(line, as: rawValue)
        case .promtool: try PromtoolProgram.run(line, as: rawValue, isPromtool: true)
        }
    }
}
