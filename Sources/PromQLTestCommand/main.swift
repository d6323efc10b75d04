import CLibrary
import KTSDBTesting

let arguments = CommandLine.arguments.dropFirst()
let usesReference = arguments.contains("--reference")
let paths = arguments.filter { $0 != "--reference" }
if paths.isEmpty || paths.contains("--help") || paths.contains("-h") {
    print(
        """
        usage: ktsdb-promqltest [--reference] PATH…

        Runs PromQL test scripts: files, or all *.test of directories. Prints PASSED/TOTAL for each file, and each case
        that failed with its line, what was expected and what came. Exits with 0 if all passed, 1 if a case failed, and
        2 if a path could not be read or a script makes no sense.

        Queries read the engine's database, half of it sealed into blocks; with --reference a plain table, which tells
        faults of the database from faults of the evaluator.
        """)
    exit(paths.isEmpty ? 2 : 0)
}
func makeStorage() -> any PromQLTestStorage {
    if usesReference { return ReferenceDatabase() }
    return DatabaseTestStorage()
}
var report = PromQLTestReport(storage: makeStorage) { print($0) }
report.run(paths)
exit(report.exitStatus)
