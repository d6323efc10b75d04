/// Why a stage cannot be compiled.
struct StageProblem: Error {
    /// The text, without the stage.
    let description: String

    init(_ description: String) { self.description = description }
}
