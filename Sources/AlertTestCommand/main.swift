import CLibrary
import KTSDBAlertTesting

let paths = CommandLine.arguments.dropFirst()
if paths.isEmpty || paths.contains("--help") || paths.contains("-h") {
    print(
        """
        usage: ktsdb-alerttest PATH…

        Compares rules, templates and the notifier with tables of what Prometheus and Alertmanager do: files, or all
        *.json of directories, known by their names. Prints PASSED/TOTAL for each file, and each case that failed with
        what was expected and what came. Cases that are skipped are named with the reason. Exits with 0 if all passed,
        1 if a case failed or nothing exists for a table, and 2 if a path could not be read.
        """)
    exit(paths.isEmpty ? 2 : 0)
}
var report = AlertTestReport { print($0) }
report.run(Array(paths))
exit(report.exitStatus)
