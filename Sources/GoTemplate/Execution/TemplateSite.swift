/// What is being evaluated: an error names it.
enum TemplateSite {
    case start
    case action(TemplatePipeline)
    case pipeline(TemplatePipeline)
    case command(TemplateCommand)
    case operand(TemplateOperand)
    case call(TemplateCall)

    var offset: Int {
        switch self {
        case .start: 0
        case .action(let pipeline), .pipeline(let pipeline): pipeline.offset
        case .command(let command): command.offset
        case .operand(let operand): operand.offset
        case .call(let call): call.offset
        }
    }

    var description: String {
        switch self {
        case .start: ""
        case .action(let pipeline): "{{\(pipeline)}}"
        case .pipeline(let pipeline): pipeline.description
        case .command(let command): command.description
        case .operand(let operand): operand.description
        case .call(let call): call.description
        }
    }
}
