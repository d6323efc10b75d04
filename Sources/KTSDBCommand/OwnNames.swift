/// How ktsdb's own commands call what amtool calls otherwise: the server is `--server` in all of them, and
/// `--alertmanager.url` is accepted, too.
enum OwnNames {
    private static let server = "--server", amtoolServer = "--alertmanager.url", allowUnset = "--allow-unset"

    /// Returns arguments as amtool has them, and whether variables of files may be without values.
    static func translate(_ line: [String]) -> (line: [String], allowsUnset: Bool) {
        let end = line.firstIndex(of: "--") ?? line.endIndex
        let isAboutFiles = line.starts(with: RoutesCommand.words)
        var result: [String] = [], allowsUnset = false
        for (index, word) in line.enumerated() {
            if index < end, isAboutFiles, word == allowUnset {
                allowsUnset = true
            } else if index < end, word == server || word.hasPrefix(server + "=") {
                result.append(amtoolServer + word.dropFirst(server.count))
            } else {
                result.append(word)
            }
        }
        return (result, allowsUnset)
    }

    /// Returns the help of a command with the names of ktsdb.
    static func help(_ text: String) -> String {
        guard text.hasPrefix("usage: ") else { return text }
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).flatMap { line -> [String] in
            if let row = row(line, "--alertmanager.url=", "--server=URL") {
                return [row + " amtool's name \(amtoolServer) is accepted, too."]
            }
            guard line.contains("--config.file="), text.hasPrefix("usage: ktsdb routes"),
                let row = row(
                    line, "--config.file=", allowUnset, "Accept variables without values in it, and list them.")
            else { return [String(line)] }
            return [String(line), row]
        }
        return lines.joined(separator: "\n")
    }

    /// A line of the help with another flag in its place, and with another text if one is given.
    private static func row(_ line: Substring, _ old: String, _ new: String, _ help: String? = nil) -> String? {
        guard let start = line.firstRange(of: old)?.lowerBound, let gap = line[start...].firstRange(of: "  ") else {
            return nil
        }
        let rest = line[gap.lowerBound...].drop { $0 == " " }
        let width = line.distance(from: start, to: rest.startIndex)
        let padding = String(repeating: " ", count: max(2, width - new.count))
        return line[..<start] + new + padding + (help ?? String(rest))
    }
}
