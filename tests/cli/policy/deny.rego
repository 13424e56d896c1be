# As conftest takes it: written for Terraform's plans, nothing in it knows Pushform.
package main

deny contains message if {
	some change in input.resource_changes
	"delete" in change.change.actions
	not "create" in change.change.actions
	message := sprintf("%s would be destroyed", [change.address])
}

deny contains message if {
	some change in input.resource_changes
	before := count(change.change.before.users)
	after := count(change.change.after.users)
	after * 2 < before
	message := sprintf("%s would lose %d of %d users", [change.address, before - after, before])
}
