-- What the user needs that releases run as (a service account, or a person), for an administrator, in the console. May be run
-- again. `lastgreen init` prints it with the names of the target, and `lastgreen doctor` says what is still missing.
-- Parameters: {project}; {execution_project}, whose jobs they are; {dataset}, what readers use; {region}, where it is;
-- {control}, where lastgreen keeps what it needs itself; {user}, such as serviceAccount:deploy@shop.iam.gserviceaccount.com.
-- Run as somebody with roles/resourcemanager.projectIamAdmin and roles/bigquery.admin.
-- Sources: BigQuery documentation, "BigQuery IAM roles and permissions", "Data control language (DCL) statements in GoogleSQL",
-- "Authorized datasets".

-- On the projects, in a shell: to run jobs, to see one's own, and to make datasets, which one owns then.
-- gcloud projects add-iam-policy-binding {execution_project} --member '{user}' --role roles/bigquery.user
-- gcloud projects add-iam-policy-binding {project} --member '{user}' --role roles/bigquery.user

-- What readers use, and lastgreen's own. Slots are made by releases, whose user owns them.
create schema if not exists {dataset} options (location = '{region}');
create schema if not exists {control} options (location = '{region}');
grant `roles/bigquery.dataOwner` on schema {dataset} to '{user}';
grant `roles/bigquery.dataOwner` on schema {control} to '{user}';

-- For each dataset that dbt makes beside it (`schema:` of models): the same as for {dataset}.

-- Every dataset that views of the project read: readers may not read it themselves, so it has to authorise the slots'
-- datasets, which `lastgreen doctor` names. In its sharing settings, or with `bq update --source`.
