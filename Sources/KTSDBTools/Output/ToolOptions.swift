package import KTSDBConfiguration
package import KTSDBNotify
package import KTSDBRules
package import PromQL

/// What all tools are asked for.
package struct ToolOptions: Sendable {
    /// The version of promtool whose texts count where they differ.
    package enum Generation: Hashable, Sendable {
        /// Prometheus 3: names may be any UTF-8.
        case current
        /// Prometheus 2: names are of the classic character set.
        case classic
    }

    /// How the program calls itself in errors.
    package var program = "ktsdb"
    package var generation = Generation.current
    /// Which parts of PromQL are on.
    package var parser = ParserOptions()
    /// `promql-delayed-name-removal`
    package var delayedNameRemoval = false
    /// Whether fields that nothing is known of are skipped.
    package var ignoresUnknownFields = false
    /// Where variables in files have their values from.
    package var variables = Variables.environment

    package init() {}

    /// Switches on what `--enable-feature` names; what is unknown is a warning.
    package mutating func enable(_ features: [String]) -> ToolOutput {
        var output = ToolOutput()
        for feature in features.flatMap({ $0.split(separator: ",") }) {
            switch feature {
            case "promql-experimental-functions": parser.experimentalFunctions = true
            case "promql-delayed-name-removal": delayedNameRemoval = true
            case "promql-extended-range-selectors": parser.extendedRangeSelectors = true
            case "promql-binop-fill-modifiers": parser.fillModifiers = true
            case "promql-duration-expr": break
            default: output.write("  WARNING: Unknown feature passed to --enable-feature: \(feature)")
            }
        }
        return output
    }

    /// Collects the variables that are not set from now on: they are listed, and are no error.
    package mutating func allowUnsetVariables() { variables.unset = UnsetVariables() }

    /// Lists the variables that were found not to be set.
    package func listUnset(to output: inout ToolOutput) {
        for variable in variables.unset?.all ?? [] { output.print("  UNSET: \(variable)") }
    }

    /// The same on standard error, for commands whose output others read.
    package func complainOfUnset(to output: inout ToolOutput) {
        for variable in variables.unset?.all ?? [] { output.complain("  UNSET: \(variable)") }
    }

    /// The names that rules may have.
    package var names: MatcherSyntax { generation == .classic ? .classic : .utf8 }

    /// How expressions are read and evaluated.
    package var engine: EngineOptions {
        var options = EngineOptions()
        options.parser = parser
        options.delayedNameRemoval = delayedNameRemoval
        return options
    }

    /// The language of rules.
    package var language: PromQLRuleLanguage { PromQLRuleLanguage(PromQLEngine(engine)) }
}
