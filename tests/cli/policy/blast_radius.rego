# The way in which Open Policy Agent's own guide judges a Terraform plan: a weight for each sort of resource and of
# change, their sum, and a bound. Nothing in it knows Pushform but the names of the sorts.
package terraform.analysis

default authz := false

bound := 30

weights := {
	"getui_alias": {"delete": 20, "create": 1, "update": 2},
	"getui_tag_members": {"delete": 10, "create": 1, "update": 1},
	"jpush_property": {"delete": 100, "create": 10, "update": 5},
}

authz if score <= bound

score := sum([weights[change.type][action] |
	some change in input.resource_changes
	some action in change.change.actions
])

of_type[name] contains change.address if {
	some change in input.resource_changes
	name := change.type
}
