from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name='User',
            fields=[
                ('id', models.BigIntegerField(primary_key=True, serialize=False)),
                ('email', models.TextField(unique=True)),
                ('first_name', models.TextField()),
                ('last_name', models.TextField()),
                ('password', models.TextField(db_column='password_hash')),
                ('created_at', models.TextField()),
                ('disabled_at', models.TextField(null=True)),
            ],
            options={
                'db_table': 'users',
                'managed': False,
            },
        ),
        migrations.CreateModel(
            name='Task',
            fields=[
                ('pk', models.CompositePrimaryKey('user_id', 'number', blank=True, editable=False, primary_key=True, serialize=False)),
                ('number', models.BigIntegerField()),
                ('name', models.TextField()),
                ('is_completed', models.BooleanField(default=False)),
                ('ts', models.TextField()),
                ('version', models.BigIntegerField(default=1)),
            ],
            options={
                'db_table': 'tasks',
                'ordering': ['number'],
                'managed': False,
            },
        ),
    ]
