internal import PrometheusWire

extension CommandPage {
    /// Reads the description of a program that Swift's argument parser writes as JSON.
    package init?(dump bytes: [UInt8]) {
        guard let tree = try? JSONTreeParser.parse(bytes), let command = tree["command"] else { return nil }
        self.init(dump: command)
    }

    private init(dump tree: JSONTree) {
        self.init(tree["commandName"]?.text ?? "", tree["abstract"]?.text ?? "")
        text = tree["discussion"]?.text ?? ""
        children = Self.list(tree["subcommands"]).filter(Self.isShown).map { CommandPage(dump: $0) }
        for argument in Self.list(tree["arguments"]) where Self.isShown(argument) {
            if argument["kind"]?.text == "positional" {
                arguments.append(Self.argument(argument))
            } else if let flag = Self.flag(argument) {
                flags.append(flag)
            }
        }
    }

    private static func list(_ tree: JSONTree?) -> [JSONTree] {
        if case .array(let elements) = tree { elements } else { [] }
    }

    private static func isShown(_ tree: JSONTree) -> Bool { tree["shouldDisplay"] != .bool(false) }

    private static func argument(_ tree: JSONTree) -> Argument {
        let isList = tree["isRepeating"] == .bool(true)
        let name = "<\(tree["valueName"]?.text ?? "argument")>" + (isList ? "..." : "")
        return Argument(
            usage: tree["isOptional"] == .bool(true) ? "[\(name)]" : name, help: tree["abstract"]?.text ?? "")
    }

    private static func flag(_ tree: JSONTree) -> Flag? {
        let names = list(tree["names"])
        let long = names.first { $0["kind"]?.text == "long" }?["name"]?.text
        let letter = names.first { $0["kind"]?.text == "short" }?["name"]?.text?.first
        guard long != nil || letter != nil else { return nil }
        let value = tree["kind"]?.text == "option" ? tree["valueName"]?.text ?? "value" : nil
        var flag = Flag(long ?? "", letter, value: value, help: tree["abstract"]?.text ?? "")
        flag.isRepeatable = tree["isRepeating"] == .bool(true)
        flag.preset = value == nil ? "" : tree["defaultValue"]?.text ?? ""
        flag.choices = list(tree["allValues"]).compactMap(\.text)
        return flag
    }
}
