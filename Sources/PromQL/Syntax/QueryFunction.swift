/// A function of the language: one row of ``FunctionTable``, with all that parser, planner, estimate and evaluator need
/// to know.
package struct QueryFunction: Sendable {
    /// An argument that a function takes.
    package struct Parameter: Hashable, Sendable {
        /// How often the argument may be given. Only that of the last parameter is not always ``once``.
        enum Repetition: Hashable, Sendable {
            case once
            /// From not at all to this many times.
            case atMost(Int)
            /// Any number of times, or not at all.
            case any
        }

        /// The name in documentation.
        let name: String
        let type: ValueType
        var repetition = Repetition.once
        /// Whether it looks like a selector, but only says which labels are wanted.
        var isLabelSelector = false
    }

    /// What a function makes use of.
    struct Inputs: OptionSet, Sendable {
        let rawValue: UInt8
        static let floats = Inputs(rawValue: 1)
        /// Native histograms. A function that does not take them leaves them out.
        static let histograms = Inputs(rawValue: 2)
        /// The stored times at which counting began, where ``EngineOptions/usesStartTimestamps`` is set.
        static let startTimes = Inputs(rawValue: 4)
    }

    /// Whether the value depends on the time of the step even if the arguments do not.
    enum TimeDependence: Sendable {
        case never, always
        /// Yes, except for a plain selector, which has times of its own.
        case exceptForSelectors
    }

    /// What a function does with the buckets of native histograms.
    enum BucketUse: Sendable {
        case passedOn
        /// Only count and sum are read, so the buckets need not be kept.
        case unused
        case needed
    }

    /// How many series the result may have, for the estimate of a query's cost.
    enum SeriesBound: Sendable {
        /// At most as many as its arguments have together.
        case arguments
        /// Not known before it is evaluated.
        case unknown
    }

    /// The name, as it is written.
    package let name: String
    let parameters: [Parameter]
    /// What computes the value.
    let evaluation: Evaluation
    /// One line of documentation.
    package let meaning: String
    var takes: Inputs = [.floats]
    /// The modifiers that windows may have, ``WindowEnds/plain`` not among them.
    var ends: [WindowEnds] = []
    /// Whether it needs the feature `promql-experimental-functions`.
    package var isExperimental = false
    /// Whether the order of an instant vector that it returns has a meaning.
    var ordersResult = false
    /// Whether series keep their metric's name. Only functions over windows read this here.
    var keepsName = false
    /// Whether it makes sense only for counters; a metric that does not look like one gets an annotation.
    var expectsCounter = false
    var dependsOnTime = TimeDependence.never
    var buckets = BucketUse.passedOn
    var bound = SeriesBound.arguments

    init(_ name: String, _ parameters: [Parameter], _ evaluation: Evaluation, _ meaning: String) {
        self.name = name
        self.parameters = parameters
        self.evaluation = evaluation
        self.meaning = meaning
        signature = FunctionSignature(name: name, parameters, evaluation, isExperimental: false)
    }

    /// The part of the row that is in the syntax tree.
    private(set) var signature: FunctionSignature
}

// MARK: What rows are written with

extension QueryFunction.Parameter {
    static let vector = Self(name: "v", type: .vector)
    static let matrix = Self(name: "v", type: .matrix)
    static func scalar(_ name: String) -> Self { Self(name: name, type: .scalar) }
    static func string(_ name: String) -> Self { Self(name: name, type: .string) }

    /// The last argument, which may be left out.
    static func optional(_ parameter: Self) -> Self { repeated(parameter, atMost: 1) }

    /// The last argument, which may be given several times or left out; `limit` nil: any number of times.
    static func repeated(_ parameter: Self, atMost limit: Int? = nil) -> Self {
        var parameter = parameter
        parameter.repetition = limit.map { .atMost($0) } ?? .any
        return parameter
    }

    /// Matchers in braces that say which labels are wanted.
    static func labelSelector(_ name: String) -> Self {
        var parameter = Self(name: name, type: .vector)
        parameter.isLabelSelector = true
        return parameter
    }
}

extension QueryFunction {
    func taking(_ inputs: Inputs) -> Self { changed { $0.takes = inputs } }
    func with(ends: WindowEnds...) -> Self { changed { $0.ends = ends } }
    func orderingResult() -> Self { changed { $0.ordersResult = true } }
    func keepingName() -> Self { changed { $0.keepsName = true } }
    func ofCounters() -> Self { changed { $0.expectsCounter = true } }
    func dependingOnTime(_ dependence: TimeDependence) -> Self { changed { $0.dependsOnTime = dependence } }
    func buckets(_ use: BucketUse) -> Self { changed { $0.buckets = use } }
    func bounded(by bound: SeriesBound) -> Self { changed { $0.bound = bound } }
    func experimental() -> Self {
        changed {
            $0.isExperimental = true
            $0.signature.isExperimental = true
        }
    }

    private func changed(_ change: (inout Self) -> Void) -> Self {
        var row = self
        change(&row)
        return row
    }
}

// MARK: What documentation says

extension QueryFunction {
    /// `clamp(v instant-vector, min scalar, max scalar)`.
    package var signatureText: String {
        let texts = parameters.map { parameter in
            let text =
                "\(parameter.name) \(parameter.isLabelSelector ? "label-selector" : parameter.type.signatureName)"
            return switch parameter.repetition {
            case .once: text
            case .atMost(1): "[\(text)]"
            case .atMost, .any: "[\(text), ...]"
            }
        }
        return "\(name)(\(texts.joined(separator: ", ")))"
    }

    /// What it takes from samples, and the modifiers of its windows: `floats, histograms; anchored`.
    package var inputText: String {
        let names: [(Inputs, String)] = [
            (.floats, "floats"), (.histograms, "histograms"), (.startTimes, "start times"),
        ]
        let inputs = names.filter { takes.contains($0.0) }.map(\.1).joined(separator: ", ")
        let modifiers = ends.map(\.rawValue).joined(separator: ", ")
        return modifiers.isEmpty ? inputs : "\(inputs); \(modifiers)"
    }
}

extension ValueType {
    fileprivate var signatureName: String {
        switch self {
        case .scalar: "scalar"
        case .string: "string"
        case .vector: "instant-vector"
        case .matrix: "range-vector"
        }
    }
}
