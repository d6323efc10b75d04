/// What a template makes use of, for tools that check templates without executing them.
public struct TemplateUsage: Sendable {
    /// Something that is used, and where.
    public struct Place: Hashable, Sendable {
        /// The name, such as `Labels.instance`, `printf` or `$value`.
        public let name: String
        /// The byte at which it begins.
        public let offset: Int
    }

    /// The functions that are called.
    public private(set) var functions: [Place] = []
    /// The fields of `.`, with all names of a chain; after `with` and `range`, `.` is something else.
    public private(set) var fields: [Place] = []
    /// Where `.` or `$` is used as a whole, without a field.
    public private(set) var wholes: [Place] = []
    /// The variables that are read or assigned, with their fields: `$labels.instance`.
    public private(set) var variables: [Place] = []
    /// The variables that are declared.
    public private(set) var declarations: [Place] = []
    /// The templates that are called.
    public private(set) var templates: [Place] = []

    fileprivate init(_ nodes: [TemplateNode]) { add(nodes) }

    private mutating func add(_ nodes: [TemplateNode]) {
        for node in nodes {
            switch node {
            case .text, .breakLoop, .continueLoop: break
            case .action(let pipeline): add(pipeline)
            case .branch(let branch):
                add(branch.pipeline)
                add(branch.body)
                add(branch.alternative ?? [])
            case .call(let call):
                templates.append(Place(name: call.name, offset: call.offset))
                if let pipeline = call.pipeline { add(pipeline) }
            }
        }
    }

    private mutating func add(_ pipeline: TemplatePipeline) {
        for variable in pipeline.variables {
            let place = Place(name: variable.description, offset: variable.offset)
            if pipeline.isAssignment { variables.append(place) } else { declarations.append(place) }
        }
        for operand in pipeline.commands.flatMap(\.operands) { add(operand) }
    }

    private mutating func add(_ operand: TemplateOperand) {
        switch operand.kind {
        case .bool, .string, .number, .null: break
        case .dot, .variable("$", []): wholes.append(Place(name: operand.description, offset: operand.offset))
        case .field(let names):
            fields.append(Place(name: names.joined(separator: "."), offset: operand.offset))
        case .variable: variables.append(Place(name: operand.description, offset: operand.offset))
        case .chain(let term, _): add(term)
        case .function(let name): functions.append(Place(name: name, offset: operand.offset))
        case .pipeline(let pipeline): add(pipeline)
        }
    }
}

extension TemplateTree {
    /// What the template makes use of.
    public var usage: TemplateUsage { TemplateUsage(nodes) }
}
