internal import KTSDBAlertingFiles
internal import KTSDBConfiguration
internal import KTSDBModel
internal import KTSDBNotify
internal import PrometheusWire

extension AmtoolCommand {
    func showRoutes(_ output: inout ToolOutput) throws(AmtoolProblem) {
        let tree = try routes(&output)
        output.print("Routing tree:")
        output.print(TreeText.lines(Self.node(tree, 0)))
    }

    func testRoutes(_ output: inout ToolOutput) throws(AmtoolProblem) {
        let tree = try routes(&output), labels = try testedLabels()
        if invocation.isOn("tree") {
            output.print("Matching routes:")
            output.print(TreeText.lines(Self.matchingNode(tree, 0, labels)) + "\n")
        }
        let receivers = tree.matching(labels).map { tree.routes[$0].receiver }.joined(separator: ",")
        output.print(receivers)
        if let wanted = invocation["verify.receivers"], !wanted.isEmpty, wanted != receivers {
            output.print("WARNING: Expected receivers did not match resolved receivers.")
            output.code = 1
        }
    }

    private func testedLabels() throws(AmtoolProblem) -> Labels {
        let pairs: KeyValues
        do throws(AmtoolProblem) { pairs = try Self.pairs(invocation.arguments, "Labels") } catch {
            let isForm = error.description.hasPrefix("Labels must")
            throw AmtoolProblem(isForm ? error.description : "Failed to parse labels: \(error)")
        }
        return Labels(pairs.pairs.map { ($0.name, $0.value) })
    }

    /// The routes of the file, or of the configuration that a server has.
    private func routes(_ output: inout ToolOutput) throws(AmtoolProblem) -> RouteTree {
        let file = invocation["config.file"]
        let flag = environment.program == "amtool" ? "--alertmanager.url" : "--server"
        if file != nil, invocation["alertmanager.url"] != nil {
            output.complain("Warning: --config.file flag overrides the \(flag).")
        }
        guard file != nil || invocation["alertmanager.url"] != nil else {
            throw AmtoolProblem(
                "You have to specify one of --config.file or \(flag) flags.", endsInEmptyLine: false)
        }
        let text: String
        if let file {
            do throws(ToolFileError) { text = try environment.files.text(file) } catch {
                throw AmtoolProblem("path '\(file)' does not exist")
            }
        } else {
            text = try server().call(.getStatus)["config"]?["original"]?.text ?? ""
        }
        return try routes(text, file: file, &output)
    }

    private func routes(
        _ text: String, file: String?, _ output: inout ToolOutput
    ) throws(AmtoolProblem) -> RouteTree {
        var options = ToolOptions()
        options.variables = environment.variables
        // What a server shows has the names of its variables, and not their values.
        if file == nil || invocation.isOn("allow-unset") { options.allowUnsetVariables() }
        do {
            let configuration = try NotifierConfiguration.read(
                text, file: file ?? "the configuration of the server", variables: options.variables,
                readZone: TimeZoneFile.read)
            if file != nil { options.complainOfUnset(to: &output) }
            return try NotificationPlan(configuration).routes
        } catch {
            guard let error = error as? ConfigurationError else { throw AmtoolProblem("\(error)") }
            throw AmtoolProblem(environment.program == "amtool" ? error.reason : error.description)
        }
    }

    // MARK: Trees

    private static func node(_ tree: RouteTree, _ number: Int) -> TreeText.Node {
        let route = tree.routes[number]
        let continues = route.continues ? "  continue: true" : ""
        return TreeText.Node(
            text: title(route) + continues + "  receiver: \(route.receiver)",
            children: route.children.map { node(tree, $0) })
    }

    /// The routes that an alert comes to; those that handle it have their receivers.
    private static func matchingNode(_ tree: RouteTree, _ number: Int, _ labels: Labels) -> TreeText.Node {
        let route = tree.routes[number]
        var children: [TreeText.Node] = []
        for child in route.children where tree.routes[child].matchers.matches(labels) {
            children.append(matchingNode(tree, child, labels))
            if !tree.routes[child].continues { break }
        }
        let receiver = children.isEmpty ? "  receiver: \(route.receiver)" : ""
        return TreeText.Node(text: title(route) + receiver, children: children)
    }

    private static func title(_ route: Route) -> String {
        route.matchers.isEmpty ? "default-route" : route.matchers.description
    }
}

/// A tree drawn with lines, as Go's package treeprint does it.
enum TreeText {
    struct Node {
        var text: String
        var children: [Node]
    }

    /// The lines of a tree, each with its end; the tree has a root without a text.
    static func lines(_ node: Node) -> String { ".\n" + lines([node], indent: "") }

    private static func lines(_ nodes: [Node], indent: String) -> String {
        var text = ""
        for (place, node) in nodes.enumerated() {
            let isLast = place == nodes.count - 1
            text += indent + (isLast ? "└── " : "├── ") + node.text + "\n"
            text += lines(node.children, indent: indent + (isLast ? "    " : "│\u{A0}\u{A0} "))
        }
        return text
    }
}
