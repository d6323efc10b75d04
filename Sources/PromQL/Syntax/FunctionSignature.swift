/// What a function takes and gives: the part of a function that the parser knows.
public struct FunctionSignature: Hashable, Sendable {
    /// The function's name.
    public var name: String
    /// The types of the arguments; the last one may repeat or be left out, see ``variadic``.
    public var argumentTypes: [ValueType]
    /// How often the last of ``argumentTypes`` may be given: 0 means exactly once; n > 0 means up to n times, none
    /// included; -1 means any number of times, none included.
    public var variadic: Int
    /// What a call evaluates to.
    public var returnType: ValueType
    /// Whether it needs the feature `promql-experimental-functions`.
    public var isExperimental: Bool

    /// Creates a signature.
    public init(
        name: String, argumentTypes: [ValueType], variadic: Int = 0, returnType: ValueType = .vector,
        isExperimental: Bool = false
    ) {
        self.name = name
        self.argumentTypes = argumentTypes
        self.variadic = variadic
        self.returnType = returnType
        self.isExperimental = isExperimental
    }

    /// The fewest arguments that a call may have.
    public var minimumArguments: Int { variadic == 0 ? argumentTypes.count : argumentTypes.count - 1 }

    /// The most arguments that a call may have; nil without a limit.
    public var maximumArguments: Int? { variadic < 0 ? nil : minimumArguments + variadic }
}

extension FunctionSignature {
    /// The function called `name` (lower case, as written), or nil if it does not exist.
    public static func named(_ name: String) -> FunctionSignature? { FunctionTable[name]?.signature }

    /// All functions of the language, experimental ones included, by name.
    public static let all: [FunctionSignature] = FunctionTable.all.map(\.signature)

    init(
        name: String, _ parameters: [QueryFunction.Parameter], _ evaluation: QueryFunction.Evaluation,
        isExperimental: Bool
    ) {
        let variadic =
            switch parameters.last?.repetition {
            case nil, .once: 0
            case .atMost(let count): count
            case .any: -1
            }
        self.init(
            name: name, argumentTypes: parameters.map(\.type), variadic: variadic, returnType: evaluation.returnType,
            isExperimental: isExperimental)
    }
}
