internal import KTSDBModel

/// The stages of a query, compiled once, through which lines pass one after the other.
///
/// Stages run in their order. A filter that says no ends a line; no error does: it becomes the labels `__error__` and
/// `__error_details__`.
///
/// A value serves one thread at a time; copies are independent.
public struct LinePipeline: Sendable {
    /// A stage; parsers that have memory of their own are in arrays, and here is their place.
    private enum Stage {
        case lineFilter(CompiledLineFilter)
        case json(Int)
        case jsonExpressions(Int)
        case logfmt(Int)
        case regexp(RegexpParser)
        case pattern(CaptureParser)
        case unpack(Int)
        case labelFilter(CompiledLabelFilter)
        case lineFormat(LineFormatter)
        case labelFormat(LabelFormatter)
        case decolorize
        case drop(LabelSelection)
        case keep(LabelSelection)
    }

    private var stages: [Stage] = []
    private var unwrapper: Unwrapper?
    private var jsonParsers: [JSONFieldParser] = []
    private var jsonExpressionParsers: [JSONExpressionParser] = []
    private var logfmtParsers: [LogfmtParser] = []
    private var unpackers: [Unpacker] = []
    private var labels: LineLabels
    /// How many filters of lines come before all other stages. They need no labels.
    private var leadingFilters = 0

    /// Compiles the stages of a query.
    /// - Parameters:
    ///   - stages: in the order of the query.
    ///   - unwrap: the last stage of a metric query on numbers.
    ///   - needs: which labels the rest of the query uses.
    /// - Throws: `.invalidQuery` with the text of the stage that does not compile.
    public init(
        stages: [PipelineStage], unwrap: Unwrap? = nil, needs: LabelNeeds = .all
    ) throws(LogQLError) {
        var used = UsedLabels()
        labels = LineLabels(needs: WantedLabels(nil))
        for stage in stages {
            do throws(StageProblem) {
                self.stages.append(try compile(stage, &used))
            } catch {
                throw Self.error(error, in: stage)
            }
        }
        if let unwrap {
            do throws(StageProblem) { unwrapper = try Unwrapper(unwrap, &labels) } catch {
                throw LogQLError(.invalidQuery, "parse error : \(error.description)")
            }
            used.add(unwrap)
        }
        labels.needs = WantedLabels(used.names(with: needs))
        leadingFilters = self.stages.prefix { if case .lineFilter = $0 { true } else { false } }.count
    }

    private static func error(_ problem: StageProblem, in stage: PipelineStage) -> LogQLError {
        switch stage {
        // These are errors of the parser, which does not name the stage.
        case .regexp, .pattern: LogQLError(.syntax, "parse error : \(problem.description)")
        default: LogQLError(.invalidQuery, "parse error : stage '\(stage)' : \(problem.description)")
        }
    }

    private mutating func compile(_ stage: PipelineStage, _ used: inout UsedLabels) throws(StageProblem) -> Stage {
        switch stage {
        case .lineFilter(let filter): return .lineFilter(try CompiledLineFilter(filter))
        case .json(let extractions) where extractions.isEmpty:
            jsonParsers.append(JSONFieldParser())
            return .json(jsonParsers.count - 1)
        case .json(let extractions):
            jsonExpressionParsers.append(try JSONExpressionParser(extractions, &labels))
            return .jsonExpressions(jsonExpressionParsers.count - 1)
        case .logfmt(let stage):
            logfmtParsers.append(try LogfmtParser(stage, &labels))
            return .logfmt(logfmtParsers.count - 1)
        case .regexp(let pattern): return .regexp(try RegexpParser(pattern, &labels))
        case .pattern(let pattern): return .pattern(try CaptureParser(pattern, &labels))
        case .unpack:
            unpackers.append(Unpacker())
            return .unpack(unpackers.count - 1)
        case .labelFilter(let filter):
            used.add(filter)
            return .labelFilter(try CompiledLabelFilter(filter, &labels))
        case .lineFormat(let text):
            let formatter = try LineFormatter(text, &labels)
            used.add(formatter.fields)
            return .lineFormat(formatter)
        case .labelFormat(let formats):
            let formatter = try LabelFormatter(formats, &labels)
            used.add(formatter.fields)
            return .labelFormat(formatter)
        case .decolorize: return .decolorize
        case .drop(let choices):
            used.add(choices)
            return .drop(LabelSelection(choices, &labels))
        case .keep(let choices):
            used.add(choices)
            return .keep(LabelSelection(choices, &labels))
        }
    }

    /// Passes a line through all stages; nil if a filter said no, or `unwrap` found no label.
    public mutating func process(_ entry: LogLine) -> ProcessedLine? {
        for index in 0..<leadingFilters {
            if case .lineFilter(let filter) = stages[index], !filter.passes(entry.line.span) { return nil }
        }
        labels.begin(entry)
        var line = entry.line
        for index in leadingFilters..<stages.count {
            guard run(stages[index], &line, entry.time) else { return nil }
        }
        guard let unwrapper else { return labels.processed(line, value: 1) }
        guard let value = unwrapper.value(&labels) else { return nil }
        return labels.processed(line, value: value)
    }

    /// Runs a stage and returns whether the line passes.
    private mutating func run(_ stage: Stage, _ line: inout [UInt8], _ time: Int64) -> Bool {
        switch stage {
        case .lineFilter(let filter): return filter.passes(line.span)
        case .labelFilter(let filter): return filter.passes(&labels)
        case .json(let place): jsonParsers[place].parse(line.span, &labels)
        case .jsonExpressions(let place): jsonExpressionParsers[place].parse(line.span, &labels)
        case .logfmt(let place): logfmtParsers[place].parse(line.span, &labels)
        case .regexp(let parser): parser.parse(line.span, &labels)
        case .pattern(let parser): parser.parse(line.span, &labels)
        case .unpack(let place): unpackers[place].unpack(&line, &labels)
        case .lineFormat(let formatter): formatter.format(&line, time: time, &labels)
        case .labelFormat(let formatter): formatter.format(line, time: time, &labels)
        case .decolorize: Decolorizer.decolorize(&line)
        case .drop(let selection): selection.drop(from: &labels)
        case .keep(let selection): selection.keep(of: &labels)
        }
        return true
    }
}
