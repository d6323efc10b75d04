/// How much of a long sweep a build goes through: builds with optimisation all of it.
enum Effort {
    #if DEBUG
        static let isFull = false
    #else
        static let isFull = true
    #endif
}
