/// The tables that are compared with, by the part of the code that they are about.
package enum AlertTables {}
