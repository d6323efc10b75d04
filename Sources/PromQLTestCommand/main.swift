import Glibc
import KTSDBTesting

let paths = Array(CommandLine.arguments.dropFirst())
if paths.isEmpty || paths.contains("--help") || paths.contains("-h") {
    print(
        """
        usage: ktsdb-promqltest PATH…

        Runs PromQL test scripts: files, or all *.test of directories. Prints PASSED/TOTAL for each file, and each case
        that failed with its line, what was expected and what came. Exits with 0 if all passed, 1 if a case failed, and
        2 if a path could not be read or a script makes no sense.
        """)
    exit(paths.isEmpty ? 2 : 0)
}
var report = PromQLTestReport { print($0) }
report.run(paths)
exit(report.exitStatus)
