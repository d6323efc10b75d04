internal import KTSDBConfiguration
internal import KTSDBModel
package import KTSDBNotify

/// `routes show` and `routes test`: the routes of a configuration, and where an alert goes, as amtool prints it.
package struct RouteTool: Sendable {
    private let tree: RouteTree

    package init(_ tree: RouteTree) { self.tree = tree }

    /// Reads a configuration, and runs `body` with the tool; errors are those of amtool.
    package static func withFile(
        _ path: String, _ files: ToolFiles, _ options: ToolOptions, _ body: (RouteTool) -> ToolOutput
    ) -> ToolOutput {
        if let refusal = ToolArguments.refusal([path], files, options, end: "\n") { return refusal }
        let text: String
        do throws(ToolFileError) { text = try files.text(path) } catch {
            return ToolArguments.failure("\(error)\n", options)
        }
        do throws(ConfigurationError) {
            let configuration = try NotifierFile.read(text, path: path)
            guard let plan = try? NotificationPlan(configuration) else {
                throw ConfigurationError(file: path, line: nil, reason: "no route provided in config")
            }
            return body(RouteTool(plan.routes))
        } catch {
            return ToolArguments.failure("\(error.reason)\n", options)
        }
    }

    /// Prints the whole tree.
    package func show() -> ToolOutput {
        var output = ToolOutput()
        output.print("Routing tree:")
        output.print(node(0).drawing)
        return output
    }

    /// Prints the receivers of an alert with labels such as `severity=critical`.
    ///
    /// - Parameters:
    ///   - expected: the receivers that are expected, with commas between them; others make the exit code 1.
    ///   - showsTree: whether the routes that match are drawn.
    package func test(
        _ labels: [String], expected: String? = nil, showsTree: Bool = false, syntax: MatcherSyntax = .fallback,
        options: ToolOptions
    ) -> ToolOutput {
        var pairs: [(String, String)] = []
        for text in labels {
            do throws(MatcherError) {
                let matcher = try syntax.matcher(text)
                guard matcher.operation == .equal else {
                    return ToolArguments.failure("Labels must be specified as key=value pairs\n", options)
                }
                pairs.append((matcher.name, matcher.value))
            } catch {
                return ToolArguments.failure("Failed to parse labels: \(error)\n", options)
            }
        }
        let alert = Labels(pairs.filter { !$0.1.isEmpty })
        var output = ToolOutput()
        if showsTree {
            output.print("Matching routes:")
            output.print(matchingNode(0, alert).drawing + "\n")
        }
        let receivers = tree.matching(alert).map { tree.routes[$0].receiver }.joined(separator: ",")
        output.print(receivers)
        if let expected, !expected.isEmpty, expected != receivers {
            output.print("WARNING: Expected receivers did not match resolved receivers.")
            output.code = 1
        }
        return output
    }

    private func node(_ number: Int) -> TextTree {
        TextTree(
            text: name(number, showsContinue: true, showsReceiver: true), children: tree.routes[number].children.map(node))
    }

    private func matchingNode(_ number: Int, _ alert: Labels) -> TextTree {
        var children: [TextTree] = []
        for child in tree.routes[number].children where tree.routes[child].matchers.matches(alert) {
            children.append(matchingNode(child, alert))
            if !tree.routes[child].continues { break }
        }
        return TextTree(text: name(number, showsContinue: false, showsReceiver: children.isEmpty), children: children)
    }

    private func name(_ number: Int, showsContinue: Bool, showsReceiver: Bool) -> String {
        let route = tree.routes[number]
        let parts = [
            route.matchers.isEmpty ? "default-route" : route.matchers.description,
            route.continues && showsContinue ? "continue: true" : nil,
            showsReceiver ? "receiver: \(route.receiver)" : nil,
        ]
        return parts.compactMap { $0 }.joined(separator: "  ")
    }
}
