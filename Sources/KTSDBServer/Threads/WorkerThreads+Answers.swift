extension WorkerThreads {
    /// The threads on which long answers are written, and packed: as many as there are processors, however many answers
    /// there are.
    ///
    /// An answer is made piece by piece, and each piece waits until the client has taken the one before. Then its turn
    /// comes behind those of all others, so that many long answers are a little later each, and nobody's short one is.
    static let answers = WorkerThreads(count: max(1, ProcessStatistics.processors))
}
