internal import KTSDBModel
internal import PromQL

extension PromtoolCommand {
    /// Applies `change` to an expression, and prints it over several lines.
    private func print(_ text: String, _ change: (Expression) -> Expression) -> ToolOutput {
        if environment.isPromtool, !invocation.isOn("experimental") {
            return Self.failure("This command is experimental and requires the --experimental flag to be set.")
        }
        do throws(QueryError) {
            var output = ToolOutput()
            output.print(change(try PromQLEngine(environment.options.engine).expression(text)).pretty())
            return output
        } catch { return Self.failure(error.description) }
    }

    func formatExpression() -> ToolOutput { print(invocation.arguments[0]) { $0 } }

    func setMatcher() -> ToolOutput {
        let arguments = invocation.arguments
        let operation = LabelMatcher.Operation(rawValue: invocation["type"] ?? "=") ?? .equal
        return print(arguments[0]) { expression in
            expression.changingSelectors { $0.set(arguments[1], operation, arguments[2]) }
        }
    }

    func deleteMatcher() -> ToolOutput {
        let arguments = invocation.arguments
        return print(arguments[0]) { expression in expression.changingSelectors { $0.remove(arguments[1]) } }
    }
}
